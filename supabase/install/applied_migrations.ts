import { withDatabase } from '../local/database_client.ts';
import { recordOf } from './migration_stamps.ts';

/** The file names, without `.sql`, of those of our migrations (paths) that a database has applied. */
export async function appliedMigrations(databaseUrl: string, paths: string[]): Promise<string[]> {
  return await withDatabase(databaseUrl, async (sql) => {
    const [{ known = false } = {}] = await sql<{ known: boolean }[]>`
      select to_regclass('supabase_migrations.schema_migrations') is not null as known
    `;
    if (!known) return [];
    const rows = await sql<{ version: string; name: string }[]>`
      select m.version, m.name
      from supabase_migrations.schema_migrations m
      order by m.version
    `;
    const ours = new Set(paths.map((path) => fileName(recordOf(path))));
    return rows.map(fileName).filter((name) => ours.has(name));
  });
}

function fileName({ version, name }: { version: string; name: string }): string {
  return `${version}_${name}`;
}
