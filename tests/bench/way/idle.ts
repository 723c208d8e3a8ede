import { quantile } from '../statistics.ts';
import { type Bench, type Part, until } from './bench.ts';
import { spent } from './cpu_meter.ts';
import { addJobs, areLeft, clear, setTicks, type Ticks } from './jobs.ts';
import type { Processors } from './processors.ts';

/** No divisor of a second, so that jobs fall due at all moments between two ticks. */
const APART_SECONDS = 1.37;
const REST_SECONDS = 10;

/** Due time to handler start, of jobs that come alone. */
export const idle: Part = {
  name: 'idle',
  async run(bench) {
    const { sql, sizes } = bench;
    await using processors = await bench.processors(1);
    await clear(sql);
    await setTicks(sql, 'each second');
    const dueFrom = new Date(Date.now() + 3000);
    await addJobs(sql, { jobs: sizes.idleJobs, dueFrom, apartSeconds: APART_SECONDS });
    const limit = 60 + sizes.idleJobs * APART_SECONDS;
    await until('all jobs have ended', limit, async () => !await areLeft(sql));
    await setTicks(sql, 'none');
    const waits = await readWaits(bench);
    const row = (what: string, of: (wait: Wait) => number) => {
      const sorted = waits.map(of).toSorted((a, b) => a - b);
      return {
        ms: what,
        p50: quantile(sorted, 0.5),
        p99: quantile(sorted, 0.99),
        most: sorted.at(-1) ?? null,
      };
    };
    return [{
      title: `idle: ${waits.length} jobs, each alone, a tick each second`,
      rows: [
        row('due to claimed', ({ claimed }) => claimed),
        row('due to handler start', ({ started }) => started),
      ],
      notes: ['Goal: handler start p99 at most 1,500 ms.'],
    }, {
      title: 'idle: CPU with nothing to do, ms each second',
      rows: [await rest(bench, processors, 'each second'), await rest(bench, processors, 'none')],
      notes: ['Without ticks it is what the doubles of pg_cron and pg_net take by asking.'],
    }];
  },
};

async function rest({ sql, cpu }: Bench, processors: Processors, ticks: Ticks) {
  await setTicks(sql, ticks);
  const before = await cpu.read(processors.pids());
  await new Promise((resolve) => setTimeout(resolve, REST_SECONDS * 1000));
  const used = spent(before, await cpu.read(processors.pids()));
  await setTicks(sql, 'none');
  return {
    ticks,
    processor: used.processors / REST_SECONDS,
    Postgres: used.postgres / REST_SECONDS,
    PostgREST: used.postgrest / REST_SECONDS,
    'gateway, doubles and bench': used.gateway / REST_SECONDS,
  };
}

interface Wait {
  claimed: number;
  started: number;
}

async function readWaits({ sql }: Bench): Promise<Wait[]> {
  return await sql<Wait[]>`
    select extract(epoch from j.last_attempt_at - j.scheduled_at)::float8 * 1000 as claimed,
      (j.result_data ->> 'started_at')::float8
        - extract(epoch from j.scheduled_at)::float8 * 1000 as started
    from public.puppet_jobs j
  `;
}
