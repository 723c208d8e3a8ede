import type { OpenOptions } from './contender.ts';

/** What a pass is made of. */
export interface Work {
  jobs: number;
  /** Share of the jobs, 0 to 1, whose first attempt fails. */
  failing: number;
  payloadBytes: number;
  /** Jobs of one enqueueing call. */
  enqueueBatch: number;
  /** Jobs that are worked through before anything is measured. */
  warmUp: number;
  enqueueOnly?: boolean;
}

/** A line to the driver. */
export type Command =
  | { do: 'install'; with: OpenOptions }
  | { do: 'pass'; with: OpenOptions; work: Work };

/** A line from the driver. */
export type Message =
  | { event: 'begin'; stretch: string }
  /** What is used until it goes on again is not the work's. */
  | { event: 'pause'; stretch: string }
  | { event: 'resume'; stretch: string }
  | { event: 'end'; stretch: string; jobs: number; seconds: number; clientCpuMs: number }
  | { event: 'done' };
