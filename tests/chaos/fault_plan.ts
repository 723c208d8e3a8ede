import { type Random, randomFrom } from '../../supabase/local/random.ts';

/** The most of a fault's numbers: [least, most]. */
type Range = [number, number];

interface FaultForm {
  /** One on average in so many seconds, and at least one in a plan. */
  everySeconds: number;
  /** How long something is away, frozen or late. */
  ms?: Range;
  /** How many calls it concerns. */
  count?: Range;
}

const AWAY: Range = [200, 1500];

const FORMS = {
  kill_executor: { everySeconds: 8, ms: AWAY },
  kill_executor_before_settle: { everySeconds: 12, ms: AWAY },
  kill_executor_after_settle: { everySeconds: 12, ms: AWAY },
  stop_executor: { everySeconds: 20, ms: AWAY },
  // Longer than an executor's lease, so that it settles while somebody else has the job.
  freeze_executor: { everySeconds: 7, ms: [5000, 10_000] },
  kill_processor: { everySeconds: 20, ms: AWAY },
  kill_processor_before_settle: { everySeconds: 30, ms: AWAY },
  kill_processor_after_settle: { everySeconds: 30, ms: AWAY },
  crash_postgres: { everySeconds: 30, ms: [100, 2000] },
  crash_postgrest: { everySeconds: 25 },
  cut_connections: { everySeconds: 15 },
  lose_calls: { everySeconds: 8, count: [1, 6] },
  lose_replies: { everySeconds: 6, count: [1, 6] },
  repeat_calls: { everySeconds: 6, count: [1, 10] },
  delay_calls: { everySeconds: 8, ms: [300, 4000], count: [1, 6] },
  // Longer than an executor waits for an answer.
  stall_calls: { everySeconds: 40, ms: [16_000, 17_000], count: [1, 2] },
  lose_ticks: { everySeconds: 15, count: [1, 3] },
  repeat_ticks: { everySeconds: 15, count: [1, 3] },
  delay_ticks: { everySeconds: 15, ms: [500, 4000], count: [1, 3] },
  overlap_ticks: { everySeconds: 6, count: [3, 8] },
} satisfies Record<string, FaultForm>;

export type FaultKind = keyof typeof FORMS;

/** One fault of a plan; numbers that its kind has no use for are 0. */
export interface Fault {
  kind: FaultKind;
  /** Milliseconds after the start. */
  at: number;
  /** Which of the executors it strikes, from 0. */
  executor: number;
  ms: number;
  count: number;
}

/** Faults happen in this part of the time, so that jobs are there to suffer them. */
const FROM = 0.08;
const UNTIL = 0.95;

/** Every kind that a plan has. */
export const FAULT_KINDS: FaultKind[] = kindsOf(FORMS);

/** Plans the faults of a run, in order of time; the same seed gives the same plan. */
export function planFaults(seed: number, seconds: number, executors: number): Fault[] {
  const random = randomFrom(seed);
  return FAULT_KINDS.flatMap((kind) => {
    const form: FaultForm = FORMS[kind];
    const length = Math.max(1, Math.round(seconds / form.everySeconds));
    return Array.from({ length }, () => ({
      kind,
      at: Math.round((FROM + (UNTIL - FROM) * random()) * seconds * 1000),
      executor: Math.floor(random() * executors),
      ms: within(random, form.ms),
      count: within(random, form.count),
    }));
  }).sort((one, other) => one.at - other.at);
}

/** How many hours the clocks of the executors are off: of four, one is fast and one is slow. */
export function planSkews(seed: number, executors: number): number[] {
  const random = randomFrom(seed + 1);
  return Array.from({ length: executors }, (_, place) => {
    const hours = 2 + Math.floor(random() * 10);
    return [0, hours, -hours, 0][place % 4] ?? 0;
  });
}

function within(random: Random, range: Range | undefined): number {
  if (!range) return 0;
  const [least, most] = range;
  return least + Math.floor(random() * (most - least + 1));
}

function kindsOf<Kind extends string>(forms: Record<Kind, unknown>): Kind[] {
  const kinds: Kind[] = [];
  for (const kind in forms) kinds.push(kind);
  return kinds;
}
