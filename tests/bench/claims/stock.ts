import type { DatabaseClient } from '../../../supabase/local/database_client.ts';

/** What the sections of a file in sql/ do. */
type Section = 'fill' | 'vacuum' | 'due' | 'rest' | 'add' | 'mixed' | 'unclaimed' | 'empty';

/** The rows of one contender, made and moved by the sections of its file in sql/. */
export class Stock {
  readonly #sql: DatabaseClient;
  readonly #sections: Map<string, string>;

  private constructor(sql: DatabaseClient, sections: Map<string, string>) {
    this.#sql = sql;
    this.#sections = sections;
  }

  static async open(sql: DatabaseClient, file: string): Promise<Stock> {
    const text = await Deno.readTextFile(new URL(`sql/${file}`, import.meta.url));
    const parts = text.split(/^-- ([a-z]+)$/m).slice(1);
    const sections = new Map<string, string>();
    for (let at = 0; at + 1 < parts.length; at += 2) sections.set(parts[at]!, parts[at + 1]!);
    return new Stock(sql, sections);
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
    const text = this.#sections.get(section);
    if (text === undefined) throw new Error(`A contender has no section ${section}`);
    await this.#sql.unsafe(text.replaceAll(/:n\b/g, String(n))).simple();
  }
}
