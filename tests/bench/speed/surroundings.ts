import { withDatabase } from '../../../supabase/local/database_client.ts';
import { holdSnapshot } from '../held_snapshot.ts';
import { SqlSections } from '../sql_sections.ts';

/** What stands beside the work of a row. */
export interface Beside {
  /** Retries that are not due yet, or due jobs of a type that nobody claims. */
  jobs?: { kind: 'parked' | 'unclaimed'; count: number };
  /** Whether a transaction is open all the while, so that nothing that is dead may be cleared away. */
  heldSnapshot?: boolean;
}

const FILES: Record<string, string> = {
  'puppet-retry in SQL': 'puppet_retry.sql',
  'pg-boss calls': 'pg_boss.sql',
  'graphile-worker, best': 'graphile_worker.sql',
  floor: 'floor.sql',
  'contract floor': 'contract_floor.sql',
};

/** Puts what stands beside it around one pass of a contender; disposing lets go of the snapshot. */
export class Surroundings implements AsyncDisposable {
  readonly #url: string;
  readonly #contender: string;
  readonly #beside: Beside;
  #snapshot: AsyncDisposable | undefined;

  constructor(url: string, contender: string, beside: Beside) {
    this.#url = url;
    this.#contender = contender;
    this.#beside = beside;
  }

  /** When the jobs of the pass have been enqueued. */
  async make(): Promise<void> {
    const { jobs, heldSnapshot } = this.#beside;
    if (jobs) {
      const file = FILES[this.#contender];
      if (!file) throw new Error(`No file in sql/beside/ is of ${this.#contender}`);
      const sections = await SqlSections.read(new URL(`sql/beside/${file}`, import.meta.url));
      await withDatabase(this.#url, async (sql) => {
        await sections.run(sql, jobs.kind, jobs.count);
        await sql`vacuum`;
        // What was filled in is not to be written out while others are measured.
        await sql`checkpoint`;
      });
    }
    if (heldSnapshot) this.#snapshot = await holdSnapshot(this.#url);
  }

  async [Symbol.asyncDispose]() {
    await this.#snapshot?.[Symbol.asyncDispose]();
  }
}
