import type { Claimed } from '../../speed/driver/contender.ts';

/** A queue whose claims are measured, by its own public way of claiming, on one connection. */
export interface Claimer {
  /** Makes tables and settings, once in a database; leaves nothing open. */
  install(dbUrl: string): Promise<void>;
  open(dbUrl: string): Promise<void>;
  claim(limit: number, idle: Idle): Promise<{ id: string }[]>;
  /** Claims and settles until nothing is due; tells how many jobs. */
  drain(): Promise<number>;
  close(): Promise<void>;
}

/** Whether types of which there is no job are claimed as well, or alone. */
export type Idle = 'beside' | 'instead' | undefined;

/** Of a queue whose jobs are settled by calls. */
export async function drainByCalls<Job extends Claimed>(
  claim: () => Promise<Job[]>,
  complete: (jobs: Job[]) => Promise<unknown>,
): Promise<number> {
  for (let drained = 0;;) {
    const jobs = await claim();
    if (jobs.length === 0) return drained;
    await complete(jobs);
    drained += jobs.length;
  }
}

/** Jobs of one claim while draining. */
export const DRAIN_BATCH = 100;
