/**
 * `deno task bench:sustained [--minutes 15] [--postgres npm|system] [--json FILE]`: the engine at its
 * limit, minute after minute, on a table that grows.
 */
import { openDatabase } from '../../../supabase/local/database_client.ts';
import { readFlags } from '../../../supabase/local/flags.ts';
import { startBenchServer, wordsOf } from '../bench_server.ts';
import { median } from '../statistics.ts';
import { printed } from '../table.ts';
import { type Count, FAILING, Load, RETRY_SECONDS } from './load.ts';

const MINUTE_MS = 60_000;
/** Until retries are a part of the load and everything is warm. */
const WARM_UP_MS = (RETRY_SECONDS + 30) * 1000;

const flags = readFlags('bench:sustained', {
  minutes: { type: 'string', default: '15' },
  postgres: { type: 'string', default: 'npm' },
  json: { type: 'string' },
});

/** The tables at one moment. */
interface Sizes {
  heapBytes: number;
  dueIndexBytes: number;
  historyBytes: number;
  dead: number;
  live: number;
}

const minutes = Number(flags.minutes);
if (!(minutes >= 1)) throw new RangeError(`--minutes must be 1 or more: it is ${flags.minutes}`);
await bench();
Deno.exit(0);

async function bench(): Promise<void> {
  await using server = await startBenchServer(flags.postgres);
  const { platform, meter } = server;
  await meter.count(false);
  const about = {
    ...server.about,
    load: `2 connections, batches of 100, ${FAILING * 100} % fail once and wait ${RETRY_SECONDS} s`,
  };
  console.log(wordsOf(about));
  const sql = openDatabase(platform.dbUrl, 1, 'bench sizes');
  const rows: Record<string, number>[] = [];
  {
    await using load = await Load.start(platform.dbUrl);
    await load.run(WARM_UP_MS);
    for (let minute = 1; minute <= minutes; minute++) {
      const used = await meter.read();
      const [count, from] = [{ ...load.count }, performance.now()];
      await load.run(MINUTE_MS);
      const seconds = (performance.now() - from) / 1000;
      const done = difference(load.count, count);
      const cpuMs = (await meter.read()).cpuMs.postgres - used.cpuMs.postgres;
      const [sizes] = await sql<Sizes[]>`
        select pg_relation_size('public.puppet_jobs')::float8 as "heapBytes",
          pg_relation_size('public.puppet_jobs_due_idx')::float8 as "dueIndexBytes",
          pg_total_relation_size('public.puppet_job_retry_history')::float8 as "historyBytes",
          s.n_dead_tup::float8 as dead, s.n_live_tup::float8 as live
        from pg_stat_user_tables s
        where s.relid = 'public.puppet_jobs'::regclass`;
      if (!sizes) throw new Error('Postgres keeps no statistics of puppet_jobs');
      rows.push({
        minute,
        'attempts/s': done.attempts / seconds,
        'completed/s': done.completed / seconds,
        'CPU µs/attempt': cpuMs * 1000 / done.attempts,
        jobs: load.count.enqueued,
        'heap B/job': sizes.heapBytes / load.count.enqueued,
        'due index MB': sizes.dueIndexBytes / 2 ** 20,
        'history MB': sizes.historyBytes / 2 ** 20,
        'dead %': 100 * sizes.dead / (sizes.live + sizes.dead),
      });
      console.log(printed({ title: `minute ${minute}`, rows: rows.slice(-1) }));
    }
  }
  await sql.end();
  const rates = rows.map((row) => row['attempts/s']!);
  const ratio = rates.at(-1)! / rates[0]!;
  const ratioOfThree = median(rates.slice(-3)) / median(rates.slice(0, 3));
  const notes = [
    `The last minute is ${ratio.toFixed(2)} of the first, the middle one of the last three ${
      ratioOfThree.toFixed(2)
    } of that of the first three. The first begins ${WARM_UP_MS / 1000} s after the load.`,
  ];
  console.log(printed({ title: `${minutes} minutes`, rows, notes }));
  if (!flags.json) return;
  const report = { ...about, ratio, ratioOfThree, rows };
  await Deno.writeTextFile(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}

function difference(after: Count, before: Count): Count {
  return {
    enqueued: after.enqueued - before.enqueued,
    attempts: after.attempts - before.attempts,
    completed: after.completed - before.completed,
  };
}
