import { fileURLToPath } from 'node:url';
import { listMigrations, type Migration } from '../local/migrations.ts';

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url));
const MADE_IN_PUBLIC = /^create (?:or replace )?(?:table|view|function) public\.(\w+)/gm;

/** The chapters of the schema, and the names that they need to be free in schema public. */
export interface Chapters {
  migrations: Migration[];
  names: string[];
}

/** Reads the folder supabase/migrations. */
export async function readChapters(): Promise<Chapters> {
  const migrations = await listMigrations(MIGRATIONS);
  const texts = await Promise.all(migrations.map(({ path }) => Deno.readTextFile(path)));
  const names = texts.flatMap((text) =>
    [...text.matchAll(MADE_IN_PUBLIC)].map(([, name]) => name!)
  );
  return { migrations, names: [...new Set(names)] };
}
