import { type DatabaseClient, withDatabase } from './database_client.ts';

/** The well-known password of `postgres` in a local Supabase; that role is no superuser. */
export const POSTGRES_PASSWORD = 'postgres';

/** Makes a new cluster look like a Supabase database; on one that does, only sets the passwords. */
export async function bootstrap(
  adminUrl: string,
  authenticatorPassword: string,
  hasPgCron: boolean,
): Promise<void> {
  await withDatabase(adminUrl, async (sql) => {
    const [found] = await sql`select from pg_roles where rolname = 'authenticator'`;
    if (!found) {
      await runScript(sql, 'bootstrap.sql');
      if (hasPgCron) await runScript(sql, 'bootstrap_pg_cron.sql');
    }
    await setPassword(sql, 'authenticator', authenticatorPassword);
    await setPassword(sql, 'postgres', POSTGRES_PASSWORD);
  });
}

async function runScript(sql: DatabaseClient, name: string): Promise<void> {
  const script = await Deno.readTextFile(new URL(`./${name}`, import.meta.url));
  // Many statements in one message are one transaction.
  await sql.unsafe(script).simple();
}

/** A statement and not a parameter, since ALTER ROLE takes none; both values are ours. */
async function setPassword(sql: DatabaseClient, role: string, password: string): Promise<void> {
  const [statement] = await sql<{ text: string }[]>`
    select format('alter role %I password %L', ${role}::text, ${password}::text) as text
  `;
  if (statement) await sql.unsafe(statement.text);
}
