import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { childNamed, familyCpuMs, readProcess } from '../soak/processes.ts';

/** What the server has used up to now. */
export interface Reading {
  walBytes: number;
  /** Of all processes of Postgres but the meter's own. */
  cpuMs: number;
  /** Of PostgREST and of this process, in which the gateway runs. */
  dataApiCpuMs: number;
  /** Since the counting began; 0 while nobody counts. */
  statements: number;
  /** Pages of 8 kB that those statements touched. */
  buffers: number;
}

/** Reads what a Postgres server uses, on a connection of its own. */
export class ServerMeter {
  readonly #sql: DatabaseClient;
  readonly #own: number;
  readonly #postmaster: number;
  readonly #postgrest: number;

  private constructor(
    sql: DatabaseClient,
    pids: { own: number; postmaster: number; postgrest: number },
  ) {
    this.#sql = sql;
    this.#own = pids.own;
    this.#postmaster = pids.postmaster;
    this.#postgrest = pids.postgrest;
  }

  /** `sql` must be one connection that nobody else uses. */
  static async open(sql: DatabaseClient): Promise<ServerMeter> {
    await sql`create extension if not exists pg_stat_statements with schema extensions`;
    const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const own = row?.pid ?? 0;
    const process = await readProcess(own);
    if (!process) throw new Error('Cannot read the CPU time of Postgres: there is no /proc');
    const postgrest = await childNamed(Deno.pid, 'postgrest');
    return new ServerMeter(sql, { own, postmaster: process.parent, postgrest });
  }

  async read(): Promise<Reading> {
    const [row] = await this.#sql<Omit<Reading, 'cpuMs' | 'dataApiCpuMs'>[]>`
      select (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes",
        coalesce(sum(s.calls), 0)::float8 as statements,
        coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0)::float8 as buffers
      from extensions.pg_stat_statements s
      where s.query not like '%pg_stat_statements%'`;
    const cpuMs = await familyCpuMs(this.#postmaster, this.#own);
    const dataApi = await Promise.all([this.#postgrest, Deno.pid].map(readProcess));
    const dataApiCpuMs = dataApi.reduce((sum, process) => sum + (process?.cpuMs ?? 0), 0);
    return { walBytes: 0, statements: 0, buffers: 0, ...row, cpuMs, dataApiCpuMs };
  }

  /** Lets the planner know all tables as they are, as autovacuum would a minute later. */
  async analyze(): Promise<void> {
    await this.#sql`analyze`;
  }

  /** Statements and buffers are counted or not; counting costs a little time. */
  async count(on: boolean): Promise<void> {
    await this.#sql.unsafe(`alter system set pg_stat_statements.track = ${on ? 'top' : 'none'}`);
    await this.#sql`select pg_reload_conf(), extensions.pg_stat_statements_reset()`;
  }
}
