import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import { openPlatformCpu, type PlatformCpu } from './platform_cpu.ts';

/** What the server has used up to now. */
export interface Reading {
  walBytes: number;
  cpuMs: PlatformCpu;
  /**
   * Since the counting began; 0 while nobody counts. Without the checks of deferred foreign keys,
   * which no client sends.
   */
  statements: number;
  /** Pages of 8 kB that those statements touched. */
  buffers: number;
}

/** Reads what a Postgres server uses, on a connection of its own. */
export class ServerMeter {
  readonly #sql: DatabaseClient;
  readonly #readCpu: () => Promise<PlatformCpu>;

  private constructor(sql: DatabaseClient, readCpu: () => Promise<PlatformCpu>) {
    this.#sql = sql;
    this.#readCpu = readCpu;
  }

  /** `sql` must be one connection that nobody else uses. */
  static async open(sql: DatabaseClient): Promise<ServerMeter> {
    await sql`create extension if not exists pg_stat_statements with schema extensions`;
    return new ServerMeter(sql, await openPlatformCpu(sql));
  }

  async read(): Promise<Reading> {
    const [row] = await this.#sql<Omit<Reading, 'cpuMs'>[]>`
      select (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes",
        coalesce(sum(s.calls) filter (where s.query not like 'SELECT % FROM ONLY %'), 0)::float8
          as statements,
        coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0)::float8 as buffers
      from extensions.pg_stat_statements s
      where s.query not like '%pg_stat_statements%'`;
    return { walBytes: 0, statements: 0, buffers: 0, ...row, cpuMs: await this.#readCpu() };
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
