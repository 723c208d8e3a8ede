import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Bench, Part } from './bench.ts';
import { spent } from './cpu_meter.ts';
import { clear } from './jobs.ts';

const CLIENTS = 4;
const PROGRAM = fileURLToPath(new URL('./enqueue_clients.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../../deno.json', import.meta.url));

/** Enqueuing over the API, job by job and in batches. */
export const enqueue: Part = {
  name: 'enqueue',
  async run(bench) {
    const { singleJobs, jobs } = bench.sizes;
    return [{
      title: `enqueue: over the API, ${CLIENTS} clients, each one call after the other`,
      rows: [
        await measure(bench, singleJobs, 1),
        await measure(bench, jobs, 100),
      ],
      notes: ['CPU in ms per job. The clients are a process of their own, not counted.'],
    }];
  },
};

async function measure({ platform, sql, cpu }: Bench, jobs: number, batch: number) {
  await clear(sql);
  // The first calls open connections and make plans.
  await runClients(platform.url, platform.keys.secret, 20 * batch, batch);
  const before = await cpu.read([]);
  const { seconds, p50, p99 } = await runClients(platform.url, platform.keys.secret, jobs, batch);
  const used = spent(before, await cpu.read([]));
  const [row] = await sql<{ there: number }[]>`
    select count(*)::int as there from public.puppet_jobs`;
  if (row?.there !== jobs + 20 * batch) throw new Error(`There are ${row?.there} jobs`);
  return {
    'jobs per call': batch,
    jobs,
    'jobs/s': jobs / seconds,
    'call p50 ms': p50,
    'call p99 ms': p99,
    'API function': used.api / jobs,
    Postgres: used.postgres / jobs,
    PostgREST: used.postgrest / jobs,
    'gateway and bench': used.gateway / jobs,
  };
}

const resultSchema = z.object({ seconds: z.number(), p50: z.number(), p99: z.number() });

async function runClients(url: string, key: string, jobs: number, batch: number) {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...['run', '--quiet', '--no-lock', '--allow-all', '--config', CONFIG],
      ...[PROGRAM, url, key, String(jobs), String(batch), String(CLIENTS)],
    ],
    stdin: 'null',
    stderr: 'inherit',
    signal: AbortSignal.timeout(300_000),
  }).output();
  if (!success) throw new Error('The clients failed');
  return resultSchema.parse(JSON.parse(new TextDecoder().decode(stdout)));
}
