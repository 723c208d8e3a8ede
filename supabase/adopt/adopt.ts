import { appliedVersions, applyMigration } from '../local/migrations.ts';
import type { Transaction } from '../local/database_client.ts';
import { type Chapters, readChapters } from './chapters.ts';
import { exchange, type State } from './exchange.ts';
import { AdoptionRefused, readReport, type Report } from './report.ts';
import { runScripts } from './scripts.ts';

/**
 * Upgrades a database whose puppet_jobs is of the older design, in one transaction.
 *
 * Throws AdoptionRefused, with the database as it was, for what it cannot do; a dry run does
 * everything and rolls it back.
 */
export async function adopt(url: string, options: { dryRun?: boolean } = {}): Promise<Report> {
  const chapters = await readChapters();
  return await exchange(url, options.dryRun ?? false, async (sql, state) => {
    checkState(state);
    checkIsSupabase(state);
    await checkRecords(sql, chapters);
    await runScripts(sql, 'open');
    await noteNames(sql, chapters.names);
    await runScripts(sql, 'lock', 'inspect');
    await readReport(sql);
    await runScripts(sql, 'connections', 'connected_views', 'leave', 'move_aside');
    await sql.unsafe('reset all').simple();
    for (const migration of chapters.migrations) await applyMigration(sql, migration);
    await runScripts(sql, 'words', 'inspect_rows', 'inspect_columns');
    await readReport(sql);
    await runScripts(sql, 'old_columns', 'copy', 'policies', 'jobs', 'history');
    await runScripts(sql, 'old_inserts', 'indexes', 'join_again', 'close');
    return await readReport(sql);
  });
}

function checkState(state: State): void {
  if (state.is_adopted) throw new AdoptionRefused('This database is already adopted.');
  if (state.has_puppet_retry) {
    throw new AdoptionRefused(
      'This database already has Puppet Retry: there is nothing to adopt; `supabase db push` updates it.',
    );
  }
  if (state.has_before) {
    throw new AdoptionRefused('The schema puppet_before_adoption is not ours: rename it first.');
  }
  if (!state.has_jobs) {
    throw new AdoptionRefused(
      'There is no table public.puppet_jobs to adopt: `supabase db push` makes a new one.',
    );
  }
}

function checkIsSupabase({ missing_schemas }: State): void {
  if (missing_schemas.length === 0) return;
  throw new AdoptionRefused(
    `This is no database of a Supabase project: it lacks the schemas ${
      missing_schemas.join(', ')
    }. ` +
      'Adopt the database `postgres` of a project, or of `deno task start` to rehearse.',
  );
}

async function checkRecords(sql: Transaction, { migrations }: Chapters): Promise<void> {
  const applied = await appliedVersions(sql);
  const taken = migrations.filter(({ version }) => applied.has(version));
  if (taken.length > 0) {
    throw new AdoptionRefused(
      `Migrations ${taken.map(({ version }) => version).join(', ')} are recorded as applied, and ` +
        'their objects are missing: take the records back (`supabase migration repair`) first.',
    );
  }
}

async function noteNames(sql: Transaction, names: string[]): Promise<void> {
  await sql`
    insert into puppet_before_adoption.names (name)
    select n.name from jsonb_array_elements_text(${JSON.stringify(names)}::text::jsonb) n (name)
  `;
}
