import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { familyCpuMs, readProcess } from './processes.ts';

/**
 * Returns what reads the CPU time of all of Postgres, in ms, but the reader's own backend. `sql` must
 * have one connection; throws where Postgres does not run on this machine.
 */
export async function openPostgresCpu(sql: DatabaseClient): Promise<() => Promise<number>> {
  // Its own backend is left out, so it must do all its work itself.
  await sql`set max_parallel_workers_per_gather = 0`;
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const own = await readProcess(row?.pid ?? 0);
  if (!own) throw new Error('Cannot measure: Postgres must run on this machine, with /proc');
  return () => familyCpuMs(own.parent, own.pid);
}
