import { type DatabaseClient, type Transaction, withDatabase } from '../local/database_client.ts';
import type { Report } from './report.ts';
import { readScript } from './scripts.ts';

/** Where a database stands, seen from an adoption. */
export interface State {
  has_jobs: boolean;
  is_adopted: boolean;
  has_puppet_retry: boolean;
  has_before: boolean;
  has_after: boolean;
  /** Of those that every Supabase database has. */
  missing_schemas: string[];
}

class DryRun extends Error {
  constructor(readonly report: Report) {
    super('a dry run is rolled back');
  }
}

/** Runs `work` in one transaction; a dry run does all of it, too, and rolls it back. */
export async function exchange(
  url: string,
  dryRun: boolean,
  work: (sql: Transaction, state: State) => Promise<Report>,
): Promise<Report> {
  return await withDatabase(url, async (sql) => {
    try {
      return await inTransaction(sql, async (transaction) => {
        const report = await work(transaction, await stateOf(transaction));
        if (dryRun) throw new DryRun(report);
        return report;
      });
    } catch (error) {
      if (error instanceof DryRun) return error.report;
      throw error;
    }
  });
}

async function inTransaction(
  sql: DatabaseClient,
  work: (transaction: Transaction) => Promise<Report>,
): Promise<Report> {
  let report: Report = { changed: [], mind: [] };
  await sql.begin(async (transaction) => {
    report = await work(transaction);
  });
  return report;
}

async function stateOf(sql: Transaction): Promise<State> {
  const [state] = await sql.unsafe<State[]>(await readScript('state'));
  if (!state) throw new Error('the database does not answer');
  return state;
}
