import type { JobCounts } from './database_state.ts';
import type { Sample } from './sample.ts';
import { median, slope } from './statistics.ts';

/** What must hold: CPU of a processor for each job in ms, its memory in MB. */
export const GOALS = { processorCpuMs: 1, memoryMb: 150 } as const;

/** One minute: medians over its samples. */
export interface Minute {
  settledPerSecond: number | null;
  claimP50: number | null;
  claimP99: number | null;
  startP50: number | null;
  startP99: number | null;
  /** Share of the rows of puppet_jobs that are dead, 0 to 1. */
  deadShare: number | null;
  /** Size of puppet_jobs with its indexes for each job, in bytes. */
  bytesPerJob: number | null;
}

/** What a soak comes to. */
export interface Summary {
  minutes: number;
  /** Gained by the processor over the second half, by a line of least squares. */
  memorySlopeMbPerHour: number | null;
  memoryMaxMb: number | null;
  /** Medians of the samples. */
  processorCpuMs: number | null;
  postgresCpuMs: number | null;
  connectionsMax: number;
  backlogMax: number;
  firstMinute: Minute;
  lastMinute: Minute;
  enqueued: number;
  jobs: JobCounts;
  /** Enqueued, but neither ended nor waiting. */
  lost: number;
  processorDeaths: number;
  goals: typeof GOALS;
}

/** Sums a soak up; `deaths` are processes of the processor that ended unasked. */
export function summarise(
  samples: Sample[],
  jobs: JobCounts,
  enqueued: number,
  deaths: number,
): Summary {
  const end = samples.at(-1)?.at ?? 0;
  const memory = samples.flatMap(({ at, memoryMb }) =>
    memoryMb === null ? [] : [{ x: at / 3600, y: memoryMb }]
  );
  const gain = slope(memory.filter(({ x }) => x * 3600 >= end / 2));
  return {
    minutes: end / 60,
    memorySlopeMbPerHour: Number.isFinite(gain) ? gain : null,
    memoryMaxMb: memory.length === 0 ? null : Math.max(...memory.map(({ y }) => y)),
    processorCpuMs: median(samples.map((sample) => sample.processorCpuMs)),
    postgresCpuMs: median(samples.map((sample) => sample.postgresCpuMs)),
    connectionsMax: Math.max(0, ...samples.map(({ connections }) => connections)),
    backlogMax: Math.max(0, ...samples.map(({ due }) => due)),
    firstMinute: minuteOf(samples.filter(({ at }) => at <= 65)),
    lastMinute: minuteOf(samples.filter(({ at }) => at > end - 60)),
    enqueued,
    jobs,
    lost: enqueued - jobs.completed - jobs.failedForGood - jobs.waiting,
    processorDeaths: deaths,
    goals: GOALS,
  };
}

function minuteOf(samples: Sample[]): Minute {
  const middle = (of: (sample: Sample) => number | null) => median(samples.map(of));
  return {
    settledPerSecond: middle(({ settledPerSecond }) => settledPerSecond),
    claimP50: middle(({ claimP50 }) => claimP50),
    claimP99: middle(({ claimP99 }) => claimP99),
    startP50: middle(({ startP50 }) => startP50),
    startP99: middle(({ startP99 }) => startP99),
    deadShare: middle(({ deadJobs, enqueued }) => deadJobs / Math.max(1, deadJobs + enqueued)),
    bytesPerJob: middle(({ jobsMb, enqueued }) => enqueued === 0 ? null : jobsMb * 1e6 / enqueued),
  };
}

/** The summary in words, goals beside it. */
export function describe(summary: Summary): string {
  const { firstMinute: first, lastMinute: last, jobs, goals } = summary;
  const change = (name: keyof Minute, digits = 0) =>
    `${rounded(first[name], digits)} -> ${rounded(last[name], digits)}`;
  const unmet = (value: number | null, goal: number) =>
    value !== null && value > goal ? '  <- above the goal' : '';
  return [
    `${rounded(summary.minutes, 1)} min, ${summary.enqueued} jobs: ${jobs.completed} completed, ` +
    `${jobs.failedForGood} failed for good, ${jobs.waiting} waiting, ${summary.lost} lost`,
    `CPU of the processor   ${rounded(summary.processorCpuMs, 2)} ms for each settled attempt` +
    ` (goal ${goals.processorCpuMs})${unmet(summary.processorCpuMs, goals.processorCpuMs)}`,
    `CPU of Postgres        ${rounded(summary.postgresCpuMs, 2)} ms for each settled attempt`,
    `memory of the processor ${rounded(summary.memoryMaxMb, 0)} MB at most (goal ` +
    `${goals.memoryMb}), ${rounded(summary.memorySlopeMbPerHour, 1)} MB/h in the second half` +
    unmet(summary.memoryMaxMb, goals.memoryMb),
    `connections at most ${summary.connectionsMax}, due jobs at most ${summary.backlogMax}, ` +
    `deaths of the processor ${summary.processorDeaths}`,
    'first minute -> last minute:',
    `  settled attempts per second ${change('settledPerSecond', 1)}`,
    `  due to claimed, ms: p50 ${change('claimP50')}, p99 ${change('claimP99')}`,
    `  due to started, ms: p50 ${change('startP50')}, p99 ${change('startP99')}`,
    `  puppet_jobs: dead share ${change('deadShare', 3)}, bytes per job ${change('bytesPerJob')}`,
  ].join('\n');
}

function rounded(value: number | null, digits: number): string {
  return value === null ? 'unknown' : value.toFixed(digits);
}
