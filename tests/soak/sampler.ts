import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { readAttempts } from './attempts.ts';
import { readState } from './database_state.ts';
import { openPostgresCpu } from './postgres_cpu.ts';
import { type ProcessMemory, type ProcessStat, readProcess } from './processes.ts';
import type { Sample } from './sample.ts';

/** What a sampler looks at. */
export interface SamplerOptions {
  /** A client with one connection, for the sampler alone. */
  sql: DatabaseClient;
  processorPid(): number | null;
  enqueued(): number;
}

/** Takes one sample after another. */
export interface Sampler {
  take(): Promise<Sample>;
}

/** Attempts are counted when they are so old, in ms, that their transactions have ended. */
const LAG_MS = 1000;

interface Counters {
  atMs: number;
  settledUntil: Date;
  enqueued: number;
  processor: ProcessStat & ProcessMemory | null;
  postgresCpuMs: number;
}

/** Starts counting. */
export async function startSampler(options: SamplerOptions): Promise<Sampler> {
  const { sql } = options;
  const readPostgresCpu = await openPostgresCpu(sql);
  const count = async (): Promise<Counters> => {
    const pid = options.processorPid();
    return {
      atMs: performance.now(),
      settledUntil: new Date(Date.now() - LAG_MS),
      enqueued: options.enqueued(),
      processor: pid === null ? null : await readProcess(pid),
      postgresCpuMs: await readPostgresCpu(),
    };
  };
  const first = await count();
  let before = first;
  return {
    async take() {
      const now = await count();
      const { settled, ...waits } = await readAttempts(
        sql,
        before.settledUntil,
        now.settledUntil,
      );
      const state = await readState(sql);
      const sample = { ...state, ...waits, ...rates(first, before, now, settled) };
      before = now;
      return sample;
    },
  };
}

function rates(first: Counters, before: Counters, now: Counters, settled: number) {
  const seconds = (now.atMs - before.atMs) / 1000;
  const perJob = (ms: number | null) => ms === null || settled === 0 ? null : ms / settled;
  return {
    at: (now.atMs - first.atMs) / 1000,
    enqueued: now.enqueued,
    enqueuedPerSecond: (now.enqueued - before.enqueued) / seconds,
    settledPerSecond: settled / seconds,
    memoryMb: now.processor?.memoryMb ?? null,
    anonymousMb: now.processor?.anonymousMb ?? null,
    processorCpuMs: perJob(processorCpuMs(before, now)),
    postgresCpuMs: perJob(now.postgresCpuMs - before.postgresCpuMs),
  };
}

function processorCpuMs(before: Counters, now: Counters): number | null {
  if (now.processor === null || before.processor?.pid !== now.processor.pid) return null;
  return now.processor.cpuMs - before.processor.cpuMs;
}
