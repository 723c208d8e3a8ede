/**
 * `deno task bench [--quick] [--postgres npm|system] [--rounds N] [--only TEXT] [--json FILE]
 * [--svg FILE]`: Puppet Retry beside pg-boss, graphile-worker and two floors, on one Postgres in one
 * sitting.
 */
import { type DatabaseClient, openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import { startPlatform } from '../../../supabase/local/platform.ts';
import { filesOf, makeNodeProject, NODE_VERSION, nodeBinary } from '../../node_project.ts';
import { drawChart } from './chart.ts';
import { rows } from './plan.ts';
import { tableOf } from './report.ts';
import { ServerMeter } from './server_meter.ts';
import { type Result, Sitting } from './sitting.ts';

const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
};
const DRIVER = 'tests/bench/speed';

const flags = readFlags('bench', {
  quick: { type: 'boolean', default: false },
  postgres: { type: 'string', default: 'npm' },
  rounds: { type: 'string' },
  only: { type: 'string', default: '' },
  json: { type: 'string' },
  svg: { type: 'string' },
});

Deno.env.set('PUPPET_POSTGRES', flags.postgres);
const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5));
const folder = await makeNodeProject([
  ...await filesOf(`${DRIVER}/driver`, '.ts'),
  ...await filesOf(`${DRIVER}/sql`, '.sql'),
  ...await filesOf('shared', '.ts'),
]);
try {
  await bench();
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(0);

async function bench(): Promise<void> {
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-bench-' }),
    temporary: true,
    durable: true,
    ticks: false,
    functions: false,
    postgresSettings: SETTINGS,
  });
  const sql = openDatabase(platform.dbUrl, 1, 'bench meter');
  const meter = await ServerMeter.open(sql);
  await meter.count(false);
  const about = await describe(sql);
  console.log(Object.entries(about).map(([name, value]) => `${name}: ${value}`).join('\n'));
  const target = {
    dbUrl: platform.dbUrl,
    api: { url: platform.url, key: platform.keys.secret },
  };
  const results: Result[] = [];
  {
    await using sitting = new Sitting({ node: await nodeBinary(), folder }, target, meter);
    for (const row of rows(flags.quick).filter(({ name }) => name.includes(flags.only))) {
      const found = await sitting.run(row, rounds, !flags.quick);
      console.log(tableOf(row, found));
      results.push(...found);
    }
  }
  await sql.end();
  const report = { ...about, rounds, results };
  if (flags.json) await Deno.writeTextFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
  if (flags.svg) {
    const title = `Jobs per second on ${about.machine}, ${about.postgres}`;
    await Deno.writeTextFile(flags.svg, drawChart(title, results));
  }
}

/** What the figures depend on. */
async function describe(sql: DatabaseClient) {
  const [server] = await sql<{ version: string; settings: string }[]>`
    select current_setting('server_version') as version,
      string_agg(name || ' ' || setting || coalesce(unit, ''), ', ' order by name) as settings
    from pg_settings
    where name in (
      'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size',
      'checkpoint_timeout', 'jit', 'autovacuum')`;
  const { imports } = JSON.parse(await Deno.readTextFile('deno.json'));
  const packages = ['pg-boss', 'graphile-worker', 'pg', '@supabase/supabase-js'];
  return {
    machine: `${navigator.hardwareConcurrency} cores`,
    postgres: `PostgreSQL ${server?.version}`,
    settings: server?.settings ?? '',
    packages: packages.map((name) => String(imports[name]).replace('npm:', '')).join(', '),
    clients: `Node ${NODE_VERSION}`,
    passes: `medians of ${rounds}, the contenders in turn; ± is half the spread`,
  };
}
