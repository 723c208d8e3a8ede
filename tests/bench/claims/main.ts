/**
 * `deno task bench:claims [--quick] [--n 10000,100000,1000000] [--only TEXT] [--postgres npm|system]
 * [--json FILE]`: what a claim of 10 costs among n jobs that wait and n that have finished.
 */
import { openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import type { Platform } from '../../../supabase/local/platform.ts';
import { filesOf, makeNodeProject, nodeBinary } from '../../node_project.ts';
import { describePeers, startBenchServer, wordsOf } from '../bench_server.ts';
import type { ServerMeter } from '../server_meter.ts';
import { ClaimDriver } from './claim_driver.ts';
import { type Figure, Measurement } from './measure.ts';
import { CALLS, DEAD, DUE, ENTRIES, type Entry } from './plan.ts';
import { tableOf, timesOf } from './report.ts';
import { Stock } from './stock.ts';

const flags = readFlags('bench:claims', {
  quick: { type: 'boolean', default: false },
  n: { type: 'string' },
  only: { type: 'string', default: '' },
  postgres: { type: 'string', default: 'npm' },
  json: { type: 'string' },
});

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
  // Each table is vacuumed when the plan says so.
  await using server = await startBenchServer(flags.postgres, { autovacuum: 'off' });
  const { platform, meter } = server;
  await meter.count(true);
  const about = {
    ...server.about,
    ...await describePeers(),
    rows: `${DUE} due; n retries that wait; n finished; ${DEAD} dead where there are any`,
    calls: `${CALLS} after the first eight, on one connection`,
  };
  console.log(wordsOf(about));
  const figures: Figure[] = [];
  for (const entry of ENTRIES.filter(({ contender }) => contender.includes(flags.only))) {
    figures.push(...await measure(platform, entry, meter));
  }
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
