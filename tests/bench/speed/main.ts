/**
 * `deno task bench [--quick] [--postgres npm|system] [--rounds N] [--only TEXT,TEXT] [--json FILE]
 * [--svg FILE] [--markdown FILE]`: Puppet Retry beside pg-boss, graphile-worker and two floors, on one Postgres in one
 * sitting.
 */
import { readFlags } from '../../../supabase/local/flags.ts';
import { filesOf, makeNodeProject, nodeBinary } from '../../node_project.ts';
import { type About, describePeers, startBenchServer, wordsOf } from '../bench_server.ts';
import { drawChart } from './chart.ts';
import { rows } from './plan.ts';
import { summaryOf, tableOf } from './report.ts';
import { type Result, Sitting } from './sitting.ts';

const DRIVER = 'tests/bench/speed';

const flags = readFlags('bench', {
  quick: { type: 'boolean', default: false },
  postgres: { type: 'string', default: 'npm' },
  rounds: { type: 'string' },
  only: { type: 'string', default: '' },
  json: { type: 'string' },
  svg: { type: 'string' },
  markdown: { type: 'string' },
});

const rounds = Number(flags.rounds ?? (flags.quick ? 2 : 5));
if (!(Number.isInteger(rounds) && rounds > 0)) {
  refuse(`--rounds must be a whole number above 0: it is ${flags.rounds}`);
}
const chosen = rows(flags.quick, flags.only.split(','));
if (chosen.length === 0) {
  const known = rows(flags.quick).map(({ name }) => name).join(', ');
  refuse(`--only must be in the name of a row, as of ${known}: it is ${flags.only}`);
}
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
  await using server = await startBenchServer(flags.postgres);
  const { platform, meter } = server;
  await meter.count(false);
  const passes = `medians of ${rounds}, fewer where told; the contenders in turn; ` +
    '± is half the spread';
  const about = { ...server.about, ...await describePeers(), passes };
  console.log(wordsOf(about));
  const target = {
    dbUrl: platform.dbUrl,
    api: { url: platform.url, key: platform.keys.secret },
  };
  const results: Result[] = [];
  const tables: string[] = [];
  await using sitting = new Sitting({ node: await nodeBinary(), folder }, target, meter);
  for (const row of chosen) {
    const found = await sitting.run(row, rounds, !flags.quick);
    const table = tableOf(row, found);
    console.log(table);
    tables.push(table);
    results.push(...found);
    // After each row, for a run that is cut off.
    await keep(about, results, tables);
  }
  console.log(summaryOf(results));
}

function refuse(problem: string): never {
  console.error(problem);
  Deno.exit(2);
}

async function keep(
  about: About & Record<string, string>,
  results: Result[],
  tables: string[],
): Promise<void> {
  const report = { ...about, results };
  if (flags.json) await Deno.writeTextFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
  if (flags.markdown) {
    const page = ['# Figures of `deno task bench`', wordsOf(about).replaceAll('\n', '  \n')];
    const text = [...page, summaryOf(results), ...tables].join('\n');
    await Deno.writeTextFile(flags.markdown, `${text}\n`);
  }
  if (flags.svg) {
    const title = `Jobs per second on ${about.machine}, ${about.postgres}`;
    await Deno.writeTextFile(flags.svg, drawChart(title, results.filter(({ row }) => !row.unseen)));
  }
}
