import { median } from '../statistics.ts';
import { type Bench, type Part, until } from './bench.ts';
import { addJobs, clear, setTicks } from './jobs.ts';

const PROCESSORS = 4;
const KILLED = 2;
const HOLD_MS = 250;
/** Four runs of 20 slots do about 250 a second. */
const PER_SECOND = 200;
/** What is due at first, so that ticks start all four runs. */
const BACKLOG = 1500;
const BEFORE_SECONDS = 8;
/** So long an executor that lives may take to settle what it held at the kill. */
const SETTLED_AFTER_MS = 4000;
const LIMIT_SECONDS = 150;
const WINDOW_SECONDS = 3;

/** Half the executors are killed in the middle of their runs. */
export const recovery: Part = {
  name: 'recovery',
  async run(bench) {
    const { sql } = bench;
    await using processors = await bench.processors(PROCESSORS);
    await clear(sql);
    await addJobs(sql, {
      jobs: BACKLOG + PER_SECOND * (BEFORE_SECONDS + LIMIT_SECONDS),
      holdMs: HOLD_MS,
      dueFrom: new Date(Date.now() - BACKLOG / PER_SECOND * 1000),
      apartSeconds: 1 / PER_SECOND,
    });
    await setTicks(sql, 'as shipped');
    await until('jobs run', 30, () => anyEnded(bench));
    await sleep(BEFORE_SECONDS * 1000);
    const killedAt = new Date();
    for (const pid of processors.pids().slice(0, KILLED)) Deno.kill(pid, 'SIGKILL');
    await sleep(SETTLED_AFTER_MS);
    const lost = await heldSince(bench, killedAt);
    await until('lost jobs have run again', LIMIT_SECONDS, async () => {
      const ended = await endsOf(bench, lost);
      return ended.length === lost.length;
    });
    // The rate is told by whole windows.
    await sleep(WINDOW_SECONDS * 1000);
    await setTicks(sql, 'none');
    const again = (await endsOf(bench, lost)).map((at) =>
      (at.getTime() - killedAt.getTime()) / 1000
    );
    const rates = await ratesAround(bench, killedAt);
    await endEarly(bench);
    const back = [...rates.after].find(([, rate]) => rate >= 0.9 * rates.before)?.[0] ?? null;
    return [{
      title:
        `recovery: ${KILLED} of ${PROCESSORS} processes are killed (SIGKILL); ${PER_SECOND} jobs ` +
        `of ${HOLD_MS} ms fall due each second, leases last 20 s; ticks as shipped`,
      rows: [{
        'jobs/s before': rates.before,
        's until the rate is back': back,
        'jobs/s until then': back === null ? null : rates.between(0, back),
        'jobs lost hold of': lost.length,
        's until they have run, p50': again.length ? median(again) : null,
        'the last': again.length ? Math.max(...again) : null,
      }],
      notes: [
        `The rate is back when ${WINDOW_SECONDS} s in a row make 0.9 of what was before. A killed ` +
        'process starts again at its next call. Its calls count as under way for 30 s, and a job ' +
        'that crashed its executor waits 30 s after its lease (20 s).',
      ],
    }, {
      title: 'recovery: ended jobs after the kill',
      rows: [...rates.after].filter(([second]) => second % WINDOW_SECONDS === 0)
        .map(([second, rate]) => ({ 'from s': second, 'jobs/s': rate })),
    }];
  },
};

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function anyEnded({ sql }: Bench): Promise<boolean> {
  const rows = await sql`select from public.puppet_jobs j where j.status = 'completed' limit 1`;
  return rows.length > 0;
}

/** Jobs that began before the kill and are not settled yet: those of the killed. */
async function heldSince({ sql }: Bench, killedAt: Date): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select j.id from public.puppet_jobs j
    where j.status = 'running' and j.executing_at <= ${killedAt}`;
  return rows.map(({ id }) => id);
}

async function endsOf({ sql }: Bench, ids: string[]): Promise<Date[]> {
  const rows = await sql<{ at: Date }[]>`
    select j.completed_at as at from public.puppet_jobs j
    where j.id = any(${`{${ids.join(',')}}`}::text::uuid[]) and j.status = 'completed'`;
  return rows.map(({ at }) => at);
}

/** Ended jobs per second: in the time before the kill, and in the window from each second after it. */
async function ratesAround({ sql }: Bench, killedAt: Date) {
  const rows = await sql<{ second: number; ended: number }[]>`
    select floor(extract(epoch from j.completed_at - ${killedAt}::timestamptz))::int as second,
      count(*)::int as ended
    from public.puppet_jobs j
    where j.status = 'completed'
    group by 1`;
  const perSecond = new Map(rows.map(({ second, ended }) => [second, ended]));
  const rate = (from: number, seconds: number) => {
    let ended = 0;
    for (let second = from; second < from + seconds; second++) ended += perSecond.get(second) ?? 0;
    return ended / seconds;
  };
  const last = Math.max(...perSecond.keys());
  const after = new Map<number, number>();
  for (let second = 0; second + WINDOW_SECONDS <= last; second++) {
    after.set(second, rate(second, WINDOW_SECONDS));
  }
  // Without the first second, in which the runs begin.
  return { before: rate(1 - BEFORE_SECONDS, BEFORE_SECONDS - 1), after, between: rate };
}

/** What nobody needs to run any more goes away, and the runs come to their end. */
async function endEarly({ sql }: Bench): Promise<void> {
  await sql`delete from public.puppet_jobs j where j.status in ('pending', 'queued')`;
  await until('runs have ended', 60, async () => {
    const rows = await sql`select from public.puppet_jobs j where j.status = 'running' limit 1`;
    return rows.length === 0;
  });
}
