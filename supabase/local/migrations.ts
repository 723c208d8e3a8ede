import { basename, join } from 'node:path';
import postgres from 'postgres';
import { type DatabaseClient, type Transaction, withDatabase } from './database_client.ts';
import { isThere } from './files.ts';

/** A chapter of the schema: `<version>_<name>.sql`. */
export interface Migration {
  version: string;
  name: string;
  path: string;
}

/**
 * Applies the migrations of a folder that the database has not seen, each in one transaction, and returns their count.
 *
 * They run as the role of `url` and are recorded where the Supabase CLI records them. An error names file and line.
 */
export async function applyMigrations(url: string, folder: string): Promise<number> {
  const migrations = await listMigrations(folder);
  return await withDatabase(url, async (sql) => {
    const applied = await appliedVersions(sql);
    const missing = migrations.filter(({ version }) => !applied.has(version));
    for (const migration of missing) await sql.begin((own) => applyMigration(own, migration));
    return missing.length;
  });
}

/** The migrations of a folder, in the order in which they are applied. */
export async function listMigrations(folder: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for (const entry of await entries(folder)) {
    const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(entry) ?? [];
    if (version && name !== undefined) {
      migrations.push({ version, name, path: join(folder, entry) });
    }
  }
  return migrations.sort((one, other) => one.path < other.path ? -1 : 1);
}

async function entries(folder: string): Promise<string[]> {
  if (!await isThere(folder)) return [];
  return await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
}

/** The versions that are recorded; makes the CLI's table of records where it is missing. */
export async function appliedVersions(sql: DatabaseClient | Transaction): Promise<Set<string>> {
  await sql.unsafe(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (
      version text not null primary key,
      statements text[],
      name text
    );
  `).simple();
  const rows = await sql<{ version: string }[]>`
    select version from supabase_migrations.schema_migrations
  `;
  return new Set(rows.map(({ version }) => version));
}

/** Applies a migration in a transaction and records it there; an error names file and line. */
export async function applyMigration(
  transaction: Transaction,
  migration: Migration,
): Promise<void> {
  const script = await Deno.readTextFile(migration.path);
  try {
    await transaction.unsafe(script).simple();
  } catch (error) {
    throw new Error(describe(migration, script, error), { cause: error });
  }
  // A migration may leave settings behind; the next one starts from the role's own.
  await transaction.unsafe('reset all; reset role').simple();
  await transaction`
    insert into supabase_migrations.schema_migrations (version, name, statements)
    values (${migration.version}, ${migration.name}, array[${script}::text])
  `;
}

function describe(migration: Migration, script: string, error: unknown): string {
  const file = basename(migration.path);
  if (!(error instanceof postgres.PostgresError)) return `Cannot apply ${file}: ${error}`;
  const place = error.position ? `${file}, line ${lineAt(script, Number(error.position))}` : file;
  const notes = [error.detail, error.hint, error.where].filter(Boolean).join('\n');
  return `Cannot apply ${place}: ${error.message} (${error.code})${notes && '\n' + notes}`;
}

/** Line of a position that Postgres counts in characters from 1. */
function lineAt(script: string, position: number): number {
  return [...script].slice(0, position - 1).filter((character) => character === '\n').length + 1;
}
