/** What a contender is opened with. */
export interface OpenOptions {
  /** Connection URL of the database. */
  dbUrl: string;
  /** Address and secret key of the Data API. */
  api: { url: string; key: string };
  /** Loops that claim and settle side by side, each on a connection of its own. */
  connections: number;
  /** Jobs of one claim. */
  batch: number;
  /** Whether settle and claim go in one call. */
  fused: boolean;
}

/** Decides which attempts fail, and hears which jobs have ended. */
export interface Fate {
  /** Whether this attempt of the job is to fail. */
  fails(id: string): boolean;
  /** So many jobs have completed. */
  count(completed: number): void;
  /** All have. */
  readonly done: boolean;
  /** Resolves when all have. */
  readonly end: Promise<void>;
  /** Resolves when each job has had its first attempt. */
  readonly allTried: Promise<void>;
}

/** What measures a pass; a contender stops it while it must wait for something that is not its work. */
export interface Clock {
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** What a job carries. */
export type Payload = Record<string, string>;

/** A queue under test: all of it goes through the contender's own public way of working. */
export interface Contender {
  /** Makes tables and settings, once in a database. */
  install(options: OpenOptions): Promise<void>;
  open(options: OpenOptions): Promise<void>;
  /** Removes all its jobs. */
  reset(): Promise<void>;
  /** Enqueues these payloads in one call; loops that run side by side give numbers of their own. */
  enqueue(payloads: Payload[], loop: number): Promise<void>;
  /** Works until every job has ended. */
  work(fate: Fate, clock: Clock): Promise<void>;
  close(): Promise<void>;
}

export interface Claimed {
  id: string;
  lease?: string;
}

/** A contender whose jobs are claimed and settled by calls. */
export interface Queue {
  claim(connection: number, limit: number): Promise<Claimed[]>;
  settle(connection: number, completed: Claimed[], failed: Claimed[]): Promise<void>;
  /** Both in one round trip. */
  settleAndClaim(
    connection: number,
    completed: Claimed[],
    failed: Claimed[],
    limit: number,
  ): Promise<Claimed[]>;
}
