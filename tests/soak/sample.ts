import type { SettledAttempts } from './attempts.ts';
import type { DatabaseState } from './database_state.ts';

/** What was seen at one time, and over the time since the sample before. */
export interface Sample extends DatabaseState, Omit<SettledAttempts, 'settled'> {
  /** Seconds since the load began. */
  at: number;
  enqueued: number;
  /** Since the sample before. */
  enqueuedPerSecond: number;
  /** Attempts, not jobs: a job that fails is settled again. */
  settledPerSecond: number;
  /** Of the processor's process; null while there is none. */
  memoryMb: number | null;
  /** Of it, what is no mapped file: heaps and stacks. */
  anonymousMb: number | null;
  /** For each settled attempt, in ms; null where none was settled or the process is another. */
  processorCpuMs: number | null;
  postgresCpuMs: number | null;
}
