import type { Sample } from './sample.ts';

/** A sample for tests: all is quiet, but for what is given. */
export function sampleAt(at: number, measures: Partial<Sample> = {}): Sample {
  return {
    at,
    enqueued: 0,
    enqueuedPerSecond: 0,
    settledPerSecond: 0,
    memoryMb: 100,
    anonymousMb: 50,
    processorCpuMs: null,
    postgresCpuMs: null,
    claimP50: null,
    claimP99: null,
    startP50: null,
    startP99: null,
    connections: 0,
    jobsMb: 0,
    historyMb: 0,
    deadJobs: 0,
    deadHistory: 0,
    due: 0,
    later: 0,
    running: 0,
    ...measures,
  };
}
