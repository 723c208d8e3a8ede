import assert from 'node:assert/strict';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { undoAdoption } from '../../supabase/adopt/undo.ts';
import { openOldDatabase } from './old_database.ts';

const JOBS = 20_000;
// It takes 2 to 3 s of CPU; a busy machine may be much slower, and a plan gone wrong takes minutes.
const LIMIT_MS = 90_000;

Deno.test('adoption: 20,000 jobs and their history take seconds, there and back', async () => {
  await using old = await openOldDatabase('retrying');
  await old.use(async (sql) => {
    await sql`
      insert into puppet_jobs (
        user_id, linkedin_profile_url, message, status, retry_count, last_execution_error)
      select gen_random_uuid(), 'https://www.linkedin.com/in/person-' || n, repeat('Hello ', 50),
        (enum_range(null::puppet_status))[1 + n % 10], n % 3, 'timed out'
      from generate_series(1, ${JOBS}::int) n
    `;
    await sql`
      insert into puppet_job_retry_history (job_id, attempt_number, error_message, error_type)
      select id, 1, 'timed out', 'timeout' from puppet_jobs
    `;
  });
  const adopted = await took(() => adopt(old.url));
  await old.use((sql) => sql`update puppet_jobs set priority = 6 where priority = 5`);
  const returned = await took(() => undoAdoption(old.url));
  console.log(`adopted in ${adopted} ms, returned in ${returned} ms`);
  assert.ok(adopted < LIMIT_MS, `adopted in ${adopted} ms`);
  assert.ok(returned < LIMIT_MS, `returned in ${returned} ms`);
  await old.use(async (sql) => {
    const [row] = await sql`select count(*)::int as jobs from puppet_jobs where priority = 6`;
    assert.ok(row?.jobs >= JOBS);
  });
});

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}
