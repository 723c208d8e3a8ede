import { quantile } from '../statistics.ts';
import { type Bench, type Part, until } from './bench.ts';
import { drain } from './drain.ts';
import { addFailedJobs, addJobs, clear, type Jitter } from './jobs.ts';
import type { Processors } from './processors.ts';

const PROCESSORS = 4;
/** Full jitter spreads the jobs so that about so many fall due each second. */
const SPREAD_PER_SECOND = 400;
const JITTERS: Jitter[] = ['off', 'additive', 'equal', 'full'];

/** Retries that all fall due in one second, beside the same ones spread by each kind of jitter. */
export const herd: Part = {
  name: 'herd',
  async run(bench) {
    const { sql, sizes: { jobs } } = bench;
    await using processors = await bench.processors(PROCESSORS);
    await clear(sql);
    await addJobs(sql, { jobs });
    const { jobsPerSecond: steady, seconds } = await drain(bench, processors, 'ticks');
    const delaySeconds = Math.max(5, Math.round(jobs / SPREAD_PER_SECOND));
    const rows = [];
    for (const jitter of JITTERS) {
      rows.push(await runHerd(bench, processors, { jobs, delaySeconds, jitter, steady }));
    }
    return [{
      title: `herd: ${jobs} retries with a delay of ${delaySeconds} s, ticks as shipped, ` +
        `${PROCESSORS} processes`,
      rows,
      notes: [
        `Steady: the same jobs as a backlog of new ones, ${steady.toFixed(0)} jobs/s in ` +
        `${seconds.toFixed(1)} s. Goal of the herd: at least 0.7 of it, and one claim of each job.`,
      ],
    }];
  },
};

interface HerdOptions {
  jobs: number;
  delaySeconds: number;
  jitter: Jitter;
  steady: number;
}

async function runHerd(
  bench: Bench,
  processors: Processors,
  { jobs, delaySeconds, jitter, steady }: HerdOptions,
) {
  const { sql } = bench;
  await clear(sql);
  await addFailedJobs(sql, { jobs, delaySeconds, jitter });
  // Jobs forget when they were due, once they have run.
  const due = await sql<{ id: string; due: Date }[]>`
    select j.id, j.next_retry_at as due from public.puppet_jobs j order by j.next_retry_at`;
  const [first] = due;
  if (!first) throw new Error('There are no jobs');
  const dueAt = new Map(due.map((job) => [job.id, job.due.getTime()]));
  await until(
    'the first job is due',
    600,
    () => Promise.resolve(first.due.getTime() <= Date.now()),
  );
  const { mostClaims } = await drain(bench, processors, 'ticks');
  const ran = await sql<{ id: string; started: number; ended: Date }[]>`
    select j.id, (j.result_data ->> 'started_at')::float8 as started, j.completed_at as ended
    from public.puppet_jobs j`;
  const waits = ran.map(({ id, started }) => started - (dueAt.get(id) ?? NaN))
    .toSorted((a, b) => a - b);
  const lastEnd = Math.max(...ran.map(({ ended }) => ended.getTime()));
  const seconds = (lastEnd - first.due.getTime()) / 1000;
  return {
    jitter,
    'seconds until all have run': seconds,
    'after the last was due, s': (lastEnd - Math.max(...dueAt.values())) / 1000,
    'jobs/s': jobs / seconds,
    // Spread jobs cannot run faster than they come.
    'share of steady': jitter === 'off' ? jobs / seconds / steady : null,
    'wait p50 ms': quantile(waits, 0.5),
    'wait p99 ms': quantile(waits, 0.99),
    // One claim was before.
    'most claims of one job': mostClaims - 1,
  };
}
