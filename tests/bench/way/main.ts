/**
 * `deno task bench:way [--quick] [--only PART,…] [--jobs N] [--backlog N] [--json FILE]`: the whole
 * way of a job on the local platform, with the shipped functions: tick, pg_net, processor, Data API,
 * database.
 */
import { join } from 'node:path';
import { openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import { startPlatform } from '../../../supabase/local/platform.ts';
import { makeProject } from '../../processor_project.ts';
import { describe, wordsOf } from '../bench_server.ts';
import { backlog } from './backlog.ts';
import { createBench, type Part, type Sizes } from './bench.ts';
import { openCpuMeter } from './cpu_meter.ts';
import { enqueue } from './enqueue.ts';
import { herd } from './herd.ts';
import { idle } from './idle.ts';
import { applyPolicy, setTicks } from './jobs.ts';
import { recovery } from './recovery.ts';
import { scale } from './scale.ts';
import { printed, type Table } from '../table.ts';

const PARTS = [idle, backlog, scale, herd, recovery, enqueue];

const flags = readFlags('bench:way', {
  quick: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
  jobs: { type: 'string' },
  backlog: { type: 'string' },
  json: { type: 'string' },
});
const { quick } = flags;
const sizes: Sizes = {
  idleJobs: numberOf('jobs', flags.jobs ?? (quick ? '30' : '100')),
  jobs: numberOf('backlog', flags.backlog ?? (quick ? '3000' : '20000')),
  singleJobs: quick ? 500 : 3000,
};
const machine = `the local platform on ${navigator.hardwareConcurrency} cores`;

await bench(chosen(flags.only));
Deno.exit(0);

async function bench(parts: Part[]): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-way-' });
  await using platform = await startPlatform({
    folder,
    // The processor runs in processes of the bench's own.
    project: await makeProject(join(folder, 'project'), { api: 'functions/api/index.ts' }),
    temporary: true,
    // As hosted: every commit reaches the disk.
    durable: true,
    postgresSettings: { shared_preload_libraries: 'pg_stat_statements' },
    logger: tellTrouble,
  });
  const sql = openDatabase(platform.dbUrl, 1, 'bench');
  await setTicks(sql, 'none');
  await sql`create extension if not exists pg_stat_statements with schema extensions`;
  const about = { ...await describe(sql), machine };
  await applyPolicy(sql);
  const cpu = await openCpuMeter(sql, () => platform.functions['api']?.pid ?? null);
  const all = createBench({ platform, sql, cpu, sizes }, folder);
  console.log(wordsOf(about));
  const tables: Table[] = [];
  for (const part of parts) {
    const found = await part.run(all);
    for (const table of found) console.log(printed(table));
    tables.push(...found);
  }
  await sql.end({ timeout: 1 });
  if (flags.json) {
    await Deno.writeTextFile(flags.json, `${JSON.stringify({ ...about, tables }, null, 2)}\n`);
  }
}

/** The API logs every request, which nobody wants to read here. */
function tellTrouble(line: string): void {
  if (!line.includes('"level":"info"')) console.error(line);
}

function chosen(only: string): Part[] {
  if (only === '') return PARTS;
  const names = only.split(',');
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown === undefined) return PARTS.filter(({ name }) => names.includes(name));
  const known = PARTS.map(({ name }) => name).join(', ');
  console.error(`--only must name some of ${known}: there is no part ${unknown}`);
  Deno.exit(2);
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} must be a whole number above 0: it is ${text}`);
  Deno.exit(2);
}
