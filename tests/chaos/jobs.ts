import { type Random, randomFrom } from '../../supabase/local/random.ts';

/** What becomes of one attempt; a job's script lists them by attempt number, and its last step repeats. */
export const STEPS = [
  'ok',
  'slow',
  'hang',
  'snooze',
  'busy',
  'broken',
  'throttled',
  'refused',
] as const;
export type Step = typeof STEPS[number];

/** Run by handlers, in executors of our own. */
export const HANDLED = 'chaos_handled';
/** Posted to an endpoint, by the processor function and by our executors. */
export const DELIVERED = 'chaos_delivered';

/** A job before it is enqueued. */
export interface PlannedJob {
  /** Its idempotency key. */
  key: string;
  jobType: typeof HANDLED | typeof DELIVERED;
  script: Step[];
  priority: number;
}

const FAILURES: Step[] = ['busy', 'broken', 'throttled', 'hang'];
const FAILURE_WEIGHTS = [0.4, 0.35, 0.15, 0.1];

/** Plans `count` jobs; the same seed gives the same jobs. */
export function planJobs(count: number, seed: number): PlannedJob[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, (_, place) => {
    const jobType = place % 2 === 0 ? HANDLED : DELIVERED;
    return {
      key: `chaos-${seed}-${place}`,
      jobType,
      script: planScript(random, jobType),
      priority: 1 + Math.floor(random() * 10),
    };
  });
}

function planScript(random: Random, jobType: string): Step[] {
  const fate = random();
  const failures = Array.from({ length: 1 + Math.floor(random() * 3) }, () => failure(random));
  const ending: Step = random() < 0.3 ? 'slow' : 'ok';
  if (fate < 0.5) return [ending];
  if (fate < 0.55) return ['refused'];
  // More failures than the policies have retries.
  if (fate < 0.6) return ['broken'];
  if (fate < 0.7 && jobType === HANDLED) return ['snooze', ending];
  return [...failures, ending];
}

function failure(random: Random): Step {
  let left = random();
  return FAILURES.find((_, place) => (left -= FAILURE_WEIGHTS[place] ?? 0) < 0) ?? 'busy';
}
