import { type DatabaseClient, openDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { NODE_VERSION } from '../node_project.ts';
import { ServerMeter } from './server_meter.ts';

const SETTINGS = {
  // As on hosted Supabase: whole rows are logged.
  wal_level: 'logical',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
};

/** What a run was made on. */
export interface About {
  begun: string;
  commit: string;
  machine: string;
  postgres: string;
  postgrest: string;
  settings: string;
}

/** The libraries that are measured, and what they run on. */
export interface Peers {
  packages: string;
  clients: string;
}

/** A platform without ticks and functions, on disk as it would be, and its meter. */
export interface BenchServer extends AsyncDisposable {
  platform: Platform;
  meter: ServerMeter;
  about: About;
}

/** Starts Postgres as `postgres` says (npm or system), and all that contenders need. */
export async function startBenchServer(
  postgres: string,
  settings: Record<string, string> = {},
): Promise<BenchServer> {
  Deno.env.set('PUPPET_POSTGRES', postgres);
  const platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-bench-' }),
    temporary: true,
    durable: true,
    ticks: false,
    functions: false,
    postgresSettings: { ...SETTINGS, ...settings },
  });
  const sql = openDatabase(platform.dbUrl, 1, 'bench meter');
  return {
    platform,
    meter: await ServerMeter.open(sql),
    about: await describe(sql),
    async [Symbol.asyncDispose]() {
      await sql.end();
      await platform.stop();
    },
  };
}

/** As lines of text. */
export function wordsOf(about: About & Record<string, string>): string {
  return Object.entries(about).map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** What a run on this server is made on. */
export async function describe(sql: DatabaseClient): Promise<About> {
  const [server] = await sql<{ version: string; postgrest: string; settings: string }[]>`
    select current_setting('server_version') as version,
      (select min(application_name) from pg_stat_activity where application_name like 'PostgREST %')
        as postgrest,
      string_agg(
        name || ' ' || current_setting(name), ', ' order by name) as settings
    from pg_settings
    where name in (
      'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size',
      'checkpoint_timeout', 'jit', 'autovacuum', 'wal_level')`;
  return {
    begun: new Date().toISOString(),
    commit: await commitOfSources(),
    machine: `${navigator.hardwareConcurrency} cores`,
    postgres: `PostgreSQL ${server?.version}`,
    postgrest: server?.postgrest ?? 'not connected',
    settings: server?.settings ?? '',
  };
}

/** As deno.json names them. */
export async function describePeers(): Promise<Peers> {
  const { imports } = JSON.parse(await Deno.readTextFile('deno.json'));
  const packages = ['pg-boss', 'graphile-worker', 'pg', '@supabase/supabase-js'];
  return {
    packages: packages.map((name) => String(imports[name]).replace('npm:', '')).join(', '),
    clients: `Node ${NODE_VERSION}`,
  };
}

/** With a + where something is changed since; unknown without git. */
async function commitOfSources(): Promise<string> {
  try {
    const args = ['describe', '--always', '--dirty=+', '--exclude=*'];
    const { stdout, success } = await new Deno.Command('git', { args, stderr: 'null' }).output();
    if (success) return new TextDecoder().decode(stdout).trim();
  } catch {
    // There is no git.
  }
  return 'unknown';
}
