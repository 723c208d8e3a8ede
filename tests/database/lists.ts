import type { Sql } from './database.ts';

/** Where the next page begins; null: nowhere. */
export type Next = { at: string; id: string } | null;

/** Arguments of a list, by their names in SQL. */
export type ListArguments = Record<string, string | number | boolean | Date | null>;

/** The ids on one page of a list, and where the next one begins. */
export async function page(
  sql: Sql,
  name: 'list_attempts' | 'list_failed_jobs',
  args: ListArguments = {},
): Promise<{ ids: string[]; next: Next }> {
  const names = Object.keys(args);
  const call = names.map((arg, n) => `${arg} => $${n + 1}`).join(', ');
  const [row] = await sql.unsafe<{ answer: Record<string, { id: string }[]> & { next: Next } }[]>(
    `select ${name}(${call}) as answer`,
    names.map((arg) => args[arg] ?? null),
  );
  const { next, ...lists } = row!.answer;
  return { ids: Object.values(lists).flat().map(({ id }) => id), next };
}

/** The ids of all pages of so many rows, as a reader who follows `next` gets them. */
export async function allPages(
  sql: Sql,
  name: 'list_attempts' | 'list_failed_jobs',
  args: ListArguments = {},
): Promise<string[]> {
  const ids: string[] = [];
  let next: Next = null;
  do {
    const place: ListArguments = next ? { p_after_at: next.at, p_after_id: next.id } : {};
    const read = await page(sql, name, { ...args, ...place });
    ids.push(...read.ids);
    next = read.next;
  } while (next !== null && ids.length < 1000);
  return ids;
}
