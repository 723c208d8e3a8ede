/**
 * `deno task bench [--quick] [--postgres npm|system] [--rounds N] [--only TEXT] [--json FILE]`:
 * Puppet Retry beside pg-boss, graphile-worker and two floors, on one Postgres in one sitting.
 */
import { openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import { startPlatform } from '../../../supabase/local/platform.ts';
import { filesOf, makeNodeProject, nodeBinary } from '../../node_project.ts';
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
});

Deno.env.set('PUPPET_POSTGRES', flags.postgres);
const rounds = Number(flags.rounds ?? 5);
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
  const target = {
    dbUrl: platform.dbUrl,
    api: { url: platform.url, key: platform.keys.secret },
  };
  const results: Result[] = [];
  {
    await using sitting = new Sitting({ node: await nodeBinary(), folder }, target, meter);
    for (const row of rows(flags.quick).filter(({ name }) => name.includes(flags.only))) {
      const found = await sitting.run(row, rounds, true);
      console.log(tableOf(row, found));
      results.push(...found);
    }
  }
  await sql.end();
  if (flags.json) await Deno.writeTextFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);
}
