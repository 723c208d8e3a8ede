/**
 * `deno task bench:claims [--quick] [--n 10000,100000,1000000] [--only TEXT] [--postgres npm|system]
 * [--json FILE]`: what a claim of 10 costs among n jobs that wait and n that have finished.
 */
import { type DatabaseClient, openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import { type Platform, startPlatform } from '../../../supabase/local/platform.ts';
import { filesOf, makeNodeProject, NODE_VERSION, nodeBinary } from '../../node_project.ts';
import { ServerMeter } from '../speed/server_meter.ts';
import { ClaimDriver } from './claim_driver.ts';
import { type Figure, Measurement } from './measure.ts';
import { CALLS, DEAD, DUE, ENTRIES, type Entry } from './plan.ts';
import { tableOf, timesOf } from './report.ts';
import { Stock } from './stock.ts';

const SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  // Each table is vacuumed when the plan says so.
  autovacuum: 'off',
};

const flags = readFlags('bench:claims', {
  quick: { type: 'boolean', default: false },
  n: { type: 'string' },
  only: { type: 'string', default: '' },
  postgres: { type: 'string', default: 'npm' },
  json: { type: 'string' },
});

Deno.env.set('PUPPET_POSTGRES', flags.postgres);
const sizes = (flags.n ?? (flags.quick ? '10000,100000' : '10000,100000,1000000'))
  .split(',').map(Number);
const folder = await makeNodeProject([
  ...await filesOf('tests/bench/claims/driver', '.ts'),
  ...await filesOf('tests/bench/speed/driver', '.ts'),
  ...await filesOf('tests/bench/speed/sql', '.sql'),
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
  await meter.count(true);
  const about = await describe(sql);
  console.log(Object.entries(about).map(([name, value]) => `${name}: ${value}`).join('\n'));
  const figures: Figure[] = [];
  for (const entry of ENTRIES.filter(({ contender }) => contender.includes(flags.only))) {
    figures.push(...await measure(platform, entry, meter));
  }
  await sql.end();
  console.log(`\n${tableOf(figures)}`);
  if (!flags.json) return;
  const results = figures.map((figure) => ({ ...figure, ...timesOf(figure) }));
  await Deno.writeTextFile(flags.json, `${JSON.stringify({ ...about, results }, null, 2)}\n`);
}

async function measure(platform: Platform, entry: Entry, meter: ServerMeter): Promise<Figure[]> {
  const { dbUrl } = platform;
  const sql = openDatabase(dbUrl, 1, 'bench rows');
  const stock = await Stock.open(sql, entry.file);
  await using driver = new ClaimDriver(await nodeBinary(), folder, entry.contender);
  await driver.run({ do: 'install', dbUrl });
  await driver.run({ do: 'open', dbUrl });
  const figures: Figure[] = [];
  for (const n of sizes) {
    const start = performance.now();
    const tools = { dbUrl, stock, driver, meter };
    figures.push(...await new Measurement(entry, n, tools).run());
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${entry.contender}, n = ${n.toLocaleString('en')}: ${seconds} s`);
  }
  await sql.end();
  return figures;
}

/** What the figures depend on. */
async function describe(sql: DatabaseClient) {
  const [server] = await sql<{ version: string }[]>`
    select current_setting('server_version') as version`;
  const { imports } = JSON.parse(await Deno.readTextFile('deno.json'));
  return {
    machine: `${navigator.hardwareConcurrency} cores`,
    postgres: `PostgreSQL ${server?.version}, 512 MB of shared buffers, fsync on`,
    packages: ['pg-boss', 'graphile-worker', 'pg']
      .map((name) => String(imports[name]).replace('npm:', '')).join(', '),
    clients: `Node ${NODE_VERSION}, one connection each`,
    rows: `${DUE} due; n retries that wait; n finished; ${DEAD} dead where there are any`,
    calls: `${CALLS} after the first eight, on one connection`,
  };
}
