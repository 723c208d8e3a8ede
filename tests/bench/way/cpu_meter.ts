import type { DatabaseClient } from '../../../supabase/local/database_client.ts';
import { cpuMsOf, openPlatformCpu, type PlatformCpu } from '../platform_cpu.ts';

/** CPU time in ms, by who spent it. */
export interface CpuTimes extends PlatformCpu {
  processors: number;
  api: number;
}

/** What all parts of the way have spent so far. */
export interface CpuReading extends CpuTimes {
  /** When it was read, in ms of `performance.now()`. */
  at: number;
}

/** Reads what all parts of the way have spent. */
export interface CpuMeter {
  read(processors: number[]): Promise<CpuReading>;
}

/** `sql` must have one connection; `apiPid` is the process of the function `api`. */
export async function openCpuMeter(
  sql: DatabaseClient,
  apiPid: () => number | null,
): Promise<CpuMeter> {
  const readPlatform = await openPlatformCpu(sql);
  return {
    read: async (processors) => ({
      at: performance.now(),
      ...await readPlatform(),
      processors: (await Promise.all(processors.map(cpuMsOf))).reduce((sum, ms) => sum + ms, 0),
      api: await cpuMsOf(apiPid()),
    }),
  };
}

/** What was spent between two readings. */
export function spent(from: CpuReading, to: CpuReading): CpuTimes {
  return {
    processors: to.processors - from.processors,
    postgres: to.postgres - from.postgres,
    postgrest: to.postgrest - from.postgrest,
    gateway: to.gateway - from.gateway,
    api: to.api - from.api,
  };
}

/** Cores that all parts together kept busy between two readings. */
export function busyCores(from: CpuReading, to: CpuReading): number {
  const ms = Object.values(spent(from, to)).reduce((sum, one) => sum + one, 0);
  return ms / (to.at - from.at);
}
