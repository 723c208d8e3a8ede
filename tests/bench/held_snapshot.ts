import { openDatabase } from '../../supabase/local/database_client.ts';

/** Begins a transaction that sees the database as it is now, until it is disposed. */
export async function holdSnapshot(dbUrl: string): Promise<AsyncDisposable> {
  const sql = openDatabase(dbUrl, 1, 'bench snapshot');
  await sql`begin isolation level repeatable read`;
  await sql`select count(*) from pg_catalog.pg_class`;
  return {
    async [Symbol.asyncDispose]() {
      await sql`commit`;
      await sql.end({ timeout: 5 });
    },
  };
}
