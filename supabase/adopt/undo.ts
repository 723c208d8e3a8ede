import { readChapters } from './chapters.ts';
import { exchange } from './exchange.ts';
import { AdoptionRefused, readReport, type Report } from './report.ts';
import { runScripts } from './scripts.ts';

/**
 * Returns to the older design in one transaction: its tables as they were, and the jobs made or
 * changed since; what they cannot hold stays in the schema puppet_after_adoption.
 *
 * Throws AdoptionRefused, with the database as it was, where there is no way back.
 */
export async function undoAdoption(
  url: string,
  options: { dryRun?: boolean } = {},
): Promise<Report> {
  const { migrations } = await readChapters();
  return await exchange(url, options.dryRun ?? false, async (sql, state) => {
    if (!state.is_adopted) {
      throw new AdoptionRefused(
        'There is no way back: this database was not adopted, or puppet_before_adoption was dropped.',
      );
    }
    if (state.has_after) {
      throw new AdoptionRefused(
        'The schema puppet_after_adoption holds what an earlier return kept: drop or rename it first.',
      );
    }
    await sql`delete from puppet_before_adoption.report`;
    await runScripts(sql, 'lock', 'connections', 'connected_views');
    await runScripts(sql, 'keep_ours', 'write_back_jobs', 'write_back_history');
    await runScripts(sql, 'leave', 'remove_ours', 'move_back', 'join_again');
    const report = await readReport(sql);
    await runScripts(sql, 'forget');
    const versions = JSON.stringify(migrations.map(({ version }) => version));
    await sql`
      delete from supabase_migrations.schema_migrations m
      where m.version in (select jsonb_array_elements_text(${versions}::text::jsonb))
    `;
    return report;
  });
}
