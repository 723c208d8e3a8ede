import { type DatabaseClient, openDatabase } from '../../../supabase/local/database_client.ts';
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
  readonly #sql: DatabaseClient;
  readonly #holder: DatabaseClient;
  readonly #contender: string;
  readonly #beside: Beside;

  constructor(url: string, contender: string, beside: Beside) {
    this.#sql = openDatabase(url, 1, 'bench surroundings');
    this.#holder = openDatabase(url, 1, 'bench snapshot');
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
      await sections.run(this.#sql, jobs.kind, jobs.count);
      await this.#sql`vacuum`;
    }
    if (heldSnapshot) {
      await this.#holder`begin isolation level repeatable read`;
      await this.#holder`select count(*) from pg_catalog.pg_class`;
    }
  }

  async [Symbol.asyncDispose]() {
    await Promise.all([this.#sql, this.#holder].map((sql) => sql.end({ timeout: 1 })));
  }
}
