import type postgres from 'postgres';

const CATALOG = await Deno.readTextFile(new URL('./snapshot.sql', import.meta.url));
const RELATIONS = `
  select c.oid::regclass::text as name
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
  order by 1
`;

/** The public schema, its rights and every row of its tables, as text that can be compared. */
export async function snapshot(sql: postgres.Sql): Promise<string[]> {
  const lines = (await sql.unsafe<{ line: string }[]>(CATALOG)).map(({ line }) => line);
  for (const { name } of await sql.unsafe<{ name: string }[]>(RELATIONS)) {
    lines.push(...await rowsOf(sql, name));
  }
  return lines;
}

/** The rows of a table, as text in a fixed order. */
export async function rowsOf(sql: postgres.Sql, table: string): Promise<string[]> {
  const rows = await sql<{ row: string }[]>`
    select t.row::text as row from (select to_jsonb(t) from ${sql(table)} t) t (row) order by 1
  `;
  return rows.map(({ row }) => `${table} ${row}`);
}
