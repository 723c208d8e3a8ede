/**
 * `deno task bench:api [--jobs N] [--requests N] [--only TEXT] [--limit MS] [--folder DIR]`: the time
 * of each GET route with a full database, which --folder keeps for the next run. Ends with 1 where a
 * p99 is above the limit.
 */
import { readFlags } from '../../../supabase/local/flags.ts';
import { withDatabase } from '../../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../../supabase/local/platform.ts';
import { measure } from './measure.ts';
import { HEAD, isAbove, lineOf } from './report.ts';
import { type Asker, type Question, QUESTIONS } from './routes.ts';

const OWNERS = {
  'big owner': '00000000-0000-4000-8000-0000000000b1',
  owner: '00000000-0000-4000-8000-000000000178',
};

const flags = readFlags('bench:api', {
  jobs: { type: 'string', default: '1000000' },
  requests: { type: 'string', default: '200' },
  only: { type: 'string', default: '' },
  limit: { type: 'string', default: '50' },
  folder: { type: 'string' },
});

await using platform = await startPlatform({
  folder: flags.folder ?? await Deno.makeTempDir({ prefix: 'puppet-retry-bench-' }),
  temporary: flags.folder === undefined,
  ticks: false,
});
await fill(platform, Number(flags.jobs));
const askers = await prepareAskers(platform);
const limits = { ms: Number(flags.limit), requests: Number(flags.requests) };
console.log(HEAD);
let above = 0;
for (const question of QUESTIONS.filter((one) => name(one).includes(flags.only))) {
  const measured = await ask(question);
  if (isAbove(measured, limits)) above++;
  console.log(lineOf(question, measured, limits));
}
console.log(`${above} above ${limits.ms} ms, on ${navigator.hardwareConcurrency} cores`);
await platform.stop();
Deno.exit(above === 0 ? 0 : 1);

function name({ asker, path }: Question): string {
  return `${asker} ${path}`;
}

async function fill(platform: Platform, jobs: number): Promise<void> {
  const start = performance.now();
  const text = await Deno.readTextFile(new URL('./fill.sql', import.meta.url));
  await withDatabase(platform.dbUrl, async (sql) => {
    const [kept] = await sql`select from puppet_jobs limit 1`;
    if (kept) return;
    await sql.unsafe(text.replaceAll(':jobs', String(jobs)));
    await sql.unsafe('vacuum analyze public.puppet_jobs');
    await sql.unsafe('vacuum analyze public.puppet_job_retry_history');
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${jobs} jobs and ${2 * jobs} attempts, made in ${seconds} s`);
}

async function prepareAskers(platform: Platform) {
  const asUser = async (sub: string) => ({
    apikey: platform.keys.publishable,
    authorization: `Bearer ${await platform.signUserJwt({ sub })}`,
  });
  const jobOf = (user: string) =>
    withDatabase(platform.dbUrl, async (sql) => {
      const [job] = await sql<{ id: string }[]>`
        select id from puppet_jobs where user_id = ${user} and status = 'queued' limit 1`;
      return job?.id ?? '';
    });
  const big = await jobOf(OWNERS['big owner']);
  const askers: Record<Asker, { headers: HeadersInit; jobId: string }> = {
    service: { headers: { apikey: platform.keys.secret }, jobId: big },
    'big owner': { headers: await asUser(OWNERS['big owner']), jobId: big },
    owner: { headers: await asUser(OWNERS.owner), jobId: await jobOf(OWNERS.owner) },
  };
  return askers;
}

async function ask({ asker, path }: Question) {
  const { headers, jobId } = askers[asker];
  const url = `${platform.url}/functions/v1/api${path.replace(':jobId', jobId)}`;
  return await measure(() => fetch(url, { headers }), limits.requests);
}
