/** A line to the driver. */
export type Command =
  | { do: 'install'; dbUrl: string }
  | { do: 'open'; dbUrl: string }
  /** Claims again and again; `idle`: types without work, beside the busy ones or instead of them. */
  | { do: 'claim'; calls: number; limit: number; idle?: 'beside' | 'instead' }
  /** Claims and settles until nothing is due. */
  | { do: 'drain' };

/** Its answer. */
export interface Answer {
  /** How long each call took. */
  ms: number[];
  /** How many jobs each got; of a drain, all. */
  claimed: number[];
}
