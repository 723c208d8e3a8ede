import assert from 'node:assert/strict';
import type postgres from 'postgres';
import type { Scan, Watched, Watcher } from './watch.ts';

/** A call on the full database, and what it may cost. */
export interface PlanCase {
  name: string;
  /** Prepares what it needs and makes the call that counts in `watch`, in a transaction of its own. */
  run: (
    sql: postgres.TransactionSql,
    watch: (call: () => Promise<unknown>) => Promise<void>,
  ) => Promise<void>;
  /** The indexes by which it reads jobs, attempts and receipts, or ctid: just these. */
  indexes: string[];
  /** Most shared buffers. */
  buffers: number;
}

class Rollback extends Error {}

/** Postgres plans the first five calls of a connection for their arguments and then once for all. */
const CUSTOM_RUNS = 5;
const RUNS = 8;
const BIG_TABLES = ['puppet_jobs', 'puppet_job_retry_history', 'puppet_tick_receipts'];

/** Runs the case with both kinds of plans and checks what it read and how; throws where it is wrong. */
export async function checkPlans(watcher: Watcher, { run, indexes, buffers }: PlanCase) {
  const figures: number[] = [];
  for (let n = 0; n < RUNS; n++) {
    const watched = await rolledBack(watcher, run);
    checkScans(watched.scans.filter(({ table }) => BIG_TABLES.includes(table)), indexes);
    figures.push(watched.buffers);
  }
  // The least of each kind of plan: now and then a call reads the catalog again, as the first does.
  const least = [figures.slice(0, CUSTOM_RUNS), figures.slice(CUSTOM_RUNS)]
    .map((kind) => Math.min(...kind));
  assert.ok(
    Math.max(...least) <= buffers,
    `${least.join(' and ')} buffers, not ${buffers} at most`,
  );
}

async function rolledBack(watcher: Watcher, run: PlanCase['run']): Promise<Watched> {
  let watched: Watched | null = null;
  try {
    await watcher.sql.begin(async (sql) => {
      await run(sql, async (call) => {
        watched = await watcher.watch(sql, call);
      });
      throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
  if (!watched) throw new Error('the case watched no call');
  return watched;
}

function checkScans(scans: Scan[], indexes: string[]): void {
  // One that names no condition is read from end to end, the same as a sequential scan, unless its
  // first row is all that is asked for.
  const whole = scans.filter(({ condition, rows }) => condition === null && rows > 1);
  assert.deepEqual(whole, [], 'a table or an index is read from end to end');
  const used = new Set(scans.map(({ index }) => index));
  assert.deepEqual([...used].sort(), [...indexes].sort());
}
