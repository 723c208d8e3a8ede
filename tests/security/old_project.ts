import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyMigrations } from '../../supabase/local/migrations.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { applyProjectSettings } from '../../supabase/local/project_settings.ts';
import { connectTo } from '../database/database.ts';

/** What signs the ticks of the project; a text that can be looked for. */
export const PROCESSOR_SECRET = 'canary-processor-secret-8d1f';

/** A whole project as Supabase made them until 2026-10-30, on a platform of its own. */
export interface OldProject extends AsyncDisposable {
  readonly platform: Platform;
  readonly folder: string;
}

// Everything that is new in public went to these three roles, without anybody saying so.
const OLD_GRANTS = ['tables', 'functions', 'sequences'].map((objects) =>
  `alter default privileges for role postgres in schema public
   grant all on ${objects} to postgres, anon, authenticated, service_role`
).join(';');

/** Starts a project whose default grants were the old ones before our migrations came. */
export async function startOldProject(): Promise<OldProject> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-security-' });
  const platform = await startPlatform({ folder, temporary: true, migrate: false, ticks: false });
  try {
    const sql = connectTo(platform.dbUrl);
    await sql.unsafe(OLD_GRANTS).simple();
    await sql.end();
    const project = fileURLToPath(new URL('../..', import.meta.url));
    await applyMigrations(platform.projectDbUrl, join(project, 'supabase', 'migrations'));
    await applyProjectSettings(platform.projectDbUrl, {
      processorUrl: platform.processorUrl,
      processorSecret: PROCESSOR_SECRET,
      tickSchedule: undefined,
    }, () => {});
    await untilServed(platform);
  } catch (error) {
    await platform.stop();
    throw error;
  }
  return { platform, folder, [Symbol.asyncDispose]: () => platform.stop() };
}

/** The Data API hears of new tables a moment after they are there. */
async function untilServed({ url, keys }: Platform): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    const headers = { apikey: keys.secret, 'content-type': 'application/json' };
    const body = JSON.stringify({ p_limit: 1 });
    const path = `${url}/rest/v1/rpc/get_jobs_ready_for_retry`;
    const response = await fetch(path, { method: 'POST', headers, body });
    await response.body?.cancel();
    if (response.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the Data API does not serve the schema');
}
