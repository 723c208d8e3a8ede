import type postgres from 'postgres';
import { connect, type Sql } from './database.ts';
import { claim, type Claimed, insertJob } from './jobs.ts';

/** What a test with several connections works on: a job type of its own, committed. */
export interface Clients {
  type: string;
  /** One more connection, ended with the test; a statement on it waits 20 s at most. */
  open(): Promise<postgres.Sql>;
  insertJobs(count: number, columns?: Record<string, unknown>): Promise<string[]>;
  claimJobs(count: number): Promise<Claimed[]>;
}

/** A test with real connections; the jobs of its type are removed at the end. */
export function clientsTest(
  name: string,
  body: (clients: Clients, sql: postgres.Sql) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const type = `test_${crypto.randomUUID()}`;
    const user_id = crypto.randomUUID();
    const opened: postgres.Sql[] = [];
    const open = async () => {
      const sql = connect();
      opened.push(sql);
      await sql`set statement_timeout = '20s'`;
      return sql;
    };
    const sql = await open();
    const insertJobs = async (count: number, columns: Record<string, unknown> = {}) => {
      const ids = [];
      for (let n = 0; n < count; n++) {
        ids.push(await insertJob(sql, { user_id, job_type: type, ...columns }));
      }
      return ids;
    };
    const claimJobs = async (count: number) => {
      await insertJobs(count);
      return await claim(sql, { types: [type], limit: count });
    };
    try {
      await body({ type, open, insertJobs, claimJobs }, sql);
    } finally {
      for (const other of opened.slice(1)) await other.end({ timeout: 1 });
      await sql`delete from puppet_jobs where job_type = ${type}`;
      await sql.end();
    }
  });
}

/** Four more connections. */
export async function open4(clients: Clients): Promise<postgres.Sql[]> {
  return [
    await clients.open(),
    await clients.open(),
    await clients.open(),
    await clients.open(),
  ];
}

/** Starts a statement that must wait for the open transaction of another; resolves when it does. */
export async function startBlocked<T>(
  watcher: Sql,
  sql: postgres.Sql,
  body: (sql: postgres.Sql) => Promise<T>,
): Promise<{ result: Promise<T> }> {
  const [backend] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  let ended = false;
  const result = body(sql).finally(() => ended = true);
  // Read by the test later; without this an early failure would end the whole run.
  result.catch(() => {});
  for (let tries = 0; tries < 500; tries++) {
    const [row] = await watcher<{ blocked: boolean }[]>`
      select cardinality(pg_blocking_pids(${backend!.pid})) > 0 as blocked from pg_sleep(0.01)
    `;
    if (row!.blocked) return { result };
    if (ended) break;
  }
  await result;
  throw new Error('the statement did not wait for the other transaction');
}
