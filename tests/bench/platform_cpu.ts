import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { openPostgresCpu } from '../soak/postgres_cpu.ts';
import { childNamed, readProcess } from '../soak/processes.ts';

/** CPU time of a local platform in ms, by who spent it. */
export interface PlatformCpu {
  /** All of Postgres but the bench's own connection. */
  postgres: number;
  postgrest: number;
  /** This process: the gateway, the doubles of pg_cron and pg_net, and the bench itself. */
  gateway: number;
}

/** Returns what reads it, of the platform that this process runs. `sql` must have one connection. */
export async function openPlatformCpu(sql: DatabaseClient): Promise<() => Promise<PlatformCpu>> {
  const readPostgres = await openPostgresCpu(sql);
  const postgrest = await childNamed(Deno.pid, 'postgrest');
  return async () => ({
    postgres: await readPostgres(),
    postgrest: await cpuMsOf(postgrest),
    gateway: await cpuMsOf(Deno.pid),
  });
}

/** CPU time of one process in ms; 0 where there is none. */
export async function cpuMsOf(pid: number | null): Promise<number> {
  return pid === null ? 0 : (await readProcess(pid))?.cpuMs ?? 0;
}
