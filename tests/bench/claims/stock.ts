import type { DatabaseClient } from '../../../supabase/local/database_client.ts';
import { SqlSections } from '../sql_sections.ts';

/** What the sections of a file in sql/ do. */
type Section = 'fill' | 'vacuum' | 'due' | 'rest' | 'add' | 'mixed' | 'unclaimed' | 'empty';

/** The rows of one contender, made and moved by the sections of its file in sql/. */
export class Stock {
  readonly #sql: DatabaseClient;
  readonly #sections: SqlSections;

  private constructor(sql: DatabaseClient, sections: SqlSections) {
    this.#sql = sql;
    this.#sections = sections;
  }

  static async open(sql: DatabaseClient, file: string): Promise<Stock> {
    return new Stock(sql, await SqlSections.read(new URL(`sql/${file}`, import.meta.url)));
  }

  has(section: Section): boolean {
    return this.#sections.has(section);
  }

  /** n jobs that wait and are not due, and n that have finished. */
  async fill(n: number) {
    await this.#run('fill', n);
    await this.#run('vacuum');
  }

  /** All that run or are due wait again, and so many others become due. */
  async makeDue(count: number) {
    await this.#run('rest');
    if (count > 0) await this.#run('due', count);
  }

  async vacuum() {
    await this.#run('vacuum');
  }

  /** So many more jobs, due before all others: of one type and priority, or of many in turn. */
  async add(section: 'add' | 'mixed', count: number) {
    await this.#run(section, count);
    await this.#run('vacuum');
  }

  /** So many more due jobs, of a type that nobody claims. */
  async addUnclaimed(count: number) {
    await this.#run('unclaimed', count);
    await this.#run('vacuum');
  }

  async empty() {
    await this.#run('empty');
  }

  async #run(section: Section, n = 0) {
    await this.#sections.run(this.#sql, section, n);
  }
}
