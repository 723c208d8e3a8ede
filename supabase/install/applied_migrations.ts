import { withDatabase } from '../local/database_client.ts';
import { MIGRATION_PREFIX } from './uninstall_sql.ts';

/** The file names, without `.sql`, of our migrations that a database has applied. */
export async function appliedMigrations(databaseUrl: string): Promise<string[]> {
  return await withDatabase(databaseUrl, async (sql) => {
    const [{ known = false } = {}] = await sql<{ known: boolean }[]>`
      select to_regclass('supabase_migrations.schema_migrations') is not null as known
    `;
    if (!known) return [];
    const rows = await sql<{ name: string }[]>`
      select m.version || '_' || m.name as name
      from supabase_migrations.schema_migrations m
      where starts_with(m.name, ${MIGRATION_PREFIX})
      order by m.version
    `;
    return rows.map(({ name }) => name);
  });
}
