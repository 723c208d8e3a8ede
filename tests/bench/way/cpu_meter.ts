import type { DatabaseClient } from '../../../supabase/local/database_client.ts';
import { cpuMsOf, openPlatformCpu, type PlatformCpu } from '../platform_cpu.ts';

/** CPU time in ms, by who spent it. */
export interface CpuTimes extends PlatformCpu {
  processors: number;
  api: number;
}

/** Reads what all parts of the way have spent. */
export interface CpuMeter {
  read(processors: number[]): Promise<CpuTimes>;
}

/** `sql` must have one connection; `apiPid` is the process of the function `api`. */
export async function openCpuMeter(
  sql: DatabaseClient,
  apiPid: () => number | null,
): Promise<CpuMeter> {
  const readPlatform = await openPlatformCpu(sql);
  return {
    read: async (processors) => ({
      ...await readPlatform(),
      processors: (await Promise.all(processors.map(cpuMsOf))).reduce((sum, ms) => sum + ms, 0),
      api: await cpuMsOf(apiPid()),
    }),
  };
}

/** What was spent between two readings. */
export function spent(from: CpuTimes, to: CpuTimes): CpuTimes {
  return {
    processors: to.processors - from.processors,
    postgres: to.postgres - from.postgres,
    postgrest: to.postgrest - from.postgrest,
    gateway: to.gateway - from.gateway,
    api: to.api - from.api,
  };
}
