import { type Bench, until } from './bench.ts';
import { busyCores, type CpuTimes, spent } from './cpu_meter.ts';
import { areLeft, setTicks } from './jobs.ts';
import type { CallTimes, Processors } from './processors.ts';
import type { Cell } from '../table.ts';

/** How a stretch of work went, until no job was left. */
export interface Drained {
  jobs: number;
  attempts: number;
  /** Seconds from the first tick or run to the last job's end. */
  seconds: number;
  jobsPerSecond: number;
  /** CPU of each part, in ms per job. */
  cpu: CpuTimes;
  /** Cores that all parts together kept busy. */
  cores: number;
  /** Calls through the gateway, by what is called. */
  calls: Record<string, CallTimes & { sqlMs: number }>;
  /** Most claims of one job. */
  mostClaims: number;
}

const LIMIT_SECONDS = 900;

/**
 * Measures until all jobs that are there have ended, driven by ticks as shipped, of which the first
 * comes at once, or by runs: one at a time in each processor, one after the other.
 */
export async function drain(
  bench: Bench,
  processors: Processors,
  by: 'ticks' | 'runs',
): Promise<Drained> {
  const { sql, cpu } = bench;
  const before = await cpu.read(processors.pids());
  processors.takeCalls();
  await sql`select extensions.pg_stat_statements_reset()`;
  const start = Date.now();
  const done = until('all jobs have ended', LIMIT_SECONDS, async () => !await areLeft(sql));
  await (by === 'ticks' ? tickUntil(bench, done) : runUntil(processors, done));
  const facts = await readFacts(bench);
  const seconds = (facts.endedAt.getTime() - start) / 1000;
  const after = await cpu.read(processors.pids());
  const used = spent(before, after);
  const perJob = (ms: number) => ms / facts.jobs;
  return {
    ...facts,
    seconds,
    jobsPerSecond: facts.jobs / seconds,
    cpu: {
      processors: perJob(used.processors),
      postgres: perJob(used.postgres),
      postgrest: perJob(used.postgrest),
      gateway: perJob(used.gateway),
      api: perJob(used.api),
    },
    cores: busyCores(before, after),
    calls: await withSqlTimes(bench, processors.takeCalls()),
  };
}

/** How long Postgres was at the statements that the Data API made of the calls, in ms. */
async function withSqlTimes({ sql }: Bench, calls: Record<string, CallTimes>) {
  const times = await Promise.all(
    Object.entries(calls).map(async ([path, call]) => {
      const name = path.replace(/^.*\//, '');
      const [row] = await sql<{ ms: number }[]>`
        select coalesce(sum(s.total_exec_time), 0)::float8 as ms
        from extensions.pg_stat_statements s
        where s.query like ${`%pgrst_call%"${name}"%`}`;
      return [path, { ...call, sqlMs: row?.ms ?? 0 }] as const;
    }),
  );
  return Object.fromEntries(times);
}

async function tickUntil({ sql }: Bench, done: Promise<void>): Promise<void> {
  await setTicks(sql, 'as shipped');
  try {
    await sql`select public.tick_retry_processor()`;
    await done;
  } finally {
    await setTicks(sql, 'none');
  }
}

async function runUntil(processors: Processors, done: Promise<void>): Promise<void> {
  let over = false;
  const end = () => void (over = true);
  await Promise.all([done.finally(end), processors.runWhile(() => !over)]);
}

async function readFacts({ sql }: Bench) {
  const [row] = await sql<
    { jobs: number; attempts: number; mostClaims: number; endedAt: Date }[]
  >`
    select count(*)::int as jobs, sum(j.execution_attempts)::int as attempts,
      max(j.execution_attempts) as "mostClaims", max(j.completed_at) as "endedAt"
    from public.puppet_jobs j
  `;
  if (!row) throw new Error('An aggregate gave no row');
  return row;
}

/** Where the CPU of a stretch went, part by part. */
export function costs(run: string, { cpu }: Drained): Record<string, Cell>[] {
  const total = Object.values(cpu).reduce((sum, ms) => sum + ms, 0);
  const parts: [string, number][] = [
    ['processor', cpu.processors],
    ['Postgres', cpu.postgres],
    ['PostgREST', cpu.postgrest],
    ['gateway, doubles and bench', cpu.gateway],
  ];
  return parts.map(([part, ms]) => ({
    run,
    part,
    'CPU ms per job': ms,
    'share %': Math.round(ms / total * 100),
  }));
}

/** What went through the gateway in a stretch, and where its time went. */
export function callsOf(run: string, { calls, jobs }: Drained): Record<string, Cell>[] {
  return Object.entries(calls).toSorted(([, a], [, b]) => b.ms - a.ms)
    .map(([call, { count, ms, sqlMs }]) => ({
      run,
      call: call.replace(/^.*\//, ''),
      'calls per job': count / jobs,
      'ms from gateway to answer': ms / count,
      'of these in SQL': sqlMs / count,
    }));
}
