import type { DatabaseClient } from '../../supabase/local/database_client.ts';

/** The parts of a SQL file, each under a line `-- name`; `:n` stands for a number. */
export class SqlSections {
  readonly #file: URL;
  readonly #sections: Map<string, string>;

  private constructor(file: URL, sections: Map<string, string>) {
    this.#file = file;
    this.#sections = sections;
  }

  static async read(file: URL): Promise<SqlSections> {
    const parts = (await Deno.readTextFile(file)).split(/^-- ([a-z]+)$/m).slice(1);
    const sections = new Map<string, string>();
    for (let at = 0; at + 1 < parts.length; at += 2) sections.set(parts[at]!, parts[at + 1]!);
    return new SqlSections(file, sections);
  }

  has(section: string): boolean {
    return this.#sections.has(section);
  }

  /** Runs a section; throws where there is none. */
  async run(sql: DatabaseClient, section: string, n = 0): Promise<void> {
    const text = this.#sections.get(section);
    if (text === undefined) throw new Error(`${this.#file.pathname} has no section ${section}`);
    await sql.unsafe(text.replaceAll(/:n\b/g, String(n))).simple();
  }
}
