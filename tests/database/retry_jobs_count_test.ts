import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { OWNER } from './jobs.ts';
import { retryJobs } from './retry_jobs.ts';

async function manyEndedJobs(sql: Sql, count: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into puppet_jobs (user_id, job_type, status, final_status, completed_at)
    select ${OWNER}, 'test_job', 'permanently_failed', 'permanently_failed', now()
    from generate_series(1, ${count})
    returning id
  `;
  return rows.map(({ id }) => id);
}

databaseTest('retry_jobs: 1000 jobs at once without a limit, and the rest is told', async (sql) => {
  await manyEndedJobs(sql, 1005);
  const dry = await retryJobs(sql, { job_type: 'test_job' });
  assert.deepEqual([dry.count, dry.limited, dry.remaining], [1005, false, 5]);
  const answer = await retryJobs(sql, { job_type: 'test_job' }, { dryRun: false, spread: 3600 });
  assert.deepEqual([answer.changed.length, answer.sample.length], [1000, 10]);
  assert.deepEqual([answer.count, answer.limited, answer.remaining], [1005, false, 5]);
  assert.equal((await retryJobs(sql, { job_type: 'test_job', limit: 10_000 })).count, 5);
});

databaseTest('retry_jobs: who names jobs means all of them', async (sql) => {
  const job_ids = await manyEndedJobs(sql, 1207);
  const some = await retryJobs(sql, { job_ids, limit: 7 }, { dryRun: false });
  assert.deepEqual([some.changed.length, some.remaining], [7, 1200]);
  const rest = await retryJobs(sql, { job_ids }, { dryRun: false });
  assert.deepEqual([rest.count, rest.changed.length, rest.remaining], [1200, 1200, 0]);
});

databaseTest('retry_jobs: more than 100,000 are not counted out', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, job_type, status, final_status, completed_at)
    select ${OWNER}, 'test_job', 'cancelled', 'cancelled', now() from generate_series(1, 100001)
  `;
  const filter = { job_type: 'test_job', status: 'cancelled', limit: 10_000 };
  const { count, limited, remaining, sample } = await retryJobs(sql, filter);
  assert.deepEqual([count, limited, remaining, sample.length], [100_000, true, 90_000, 10]);
});
