import type { DatabaseClient } from '../../../supabase/local/database_client.ts';
import { childNamed, familyCpuMs, readProcess } from '../../soak/processes.ts';

/** CPU time in ms, by who spent it. */
export interface CpuTimes {
  processors: number;
  /** All of Postgres but the bench's own connection. */
  postgres: number;
  postgrest: number;
  /** This process: the gateway, the doubles of pg_cron and pg_net, and the bench itself. */
  gateway: number;
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
  // Its own backend is left out, so it must do all its work itself.
  await sql`set max_parallel_workers_per_gather = 0`;
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const own = await readProcess(row?.pid ?? 0);
  if (!own) throw new Error('Cannot measure: Postgres must run on this machine, with /proc');
  const postgrest = await childNamed(Deno.pid, 'postgrest');
  return {
    read: async (processors) => ({
      processors: (await Promise.all(processors.map(cpuOf))).reduce((sum, ms) => sum + ms, 0),
      postgres: await familyCpuMs(own.parent, own.pid),
      postgrest: await cpuOf(postgrest),
      gateway: await cpuOf(Deno.pid),
      api: await cpuOf(apiPid()),
    }),
  };
}

async function cpuOf(pid: number | null): Promise<number> {
  return pid === null ? 0 : (await readProcess(pid))?.cpuMs ?? 0;
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
