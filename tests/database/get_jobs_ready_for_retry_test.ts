import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { claim, claimedJob, insertJob, OTHER_OWNER } from './jobs.ts';

interface Ready {
  job_id: string;
  user_id: string;
  job_type: string;
  retry_count: number;
  next_retry_at: Date;
  last_error: string | null;
}

async function ready(sql: Sql, limit = 50): Promise<Ready[]> {
  return await sql<Ready[]>`select * from get_jobs_ready_for_retry(${limit})`;
}

/** A job that waits for a retry, due for so many seconds (negative: due in so many). */
async function waiting(
  sql: Sql,
  overdueSeconds: number,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const id = await insertJob(sql, {
    status: 'queued',
    final_status: 'failed',
    next_retry_at: '2026-01-01T00:00:00Z',
    retry_count: 1,
    ...columns,
  });
  await sql`
    update puppet_jobs
    set next_retry_at = clock_timestamp() - make_interval(secs => ${overdueSeconds})
    where id = ${id}
  `;
  return id;
}

databaseTest('get_jobs_ready_for_retry: the example lists what is due', async (sql) => {
  const id = await waiting(sql, 60, {
    user_id: OTHER_OWNER,
    retry_count: 2,
    last_execution_error: 'refused',
  });
  const rows = await sql<Ready[]>`select * from get_jobs_ready_for_retry(10)`;
  const row = rows.find((candidate) => candidate.job_id === id)!;
  const { next_retry_at, ...rest } = row;
  assert.ok(next_retry_at instanceof Date);
  assert.deepEqual(rest, {
    job_id: id,
    user_id: OTHER_OWNER,
    job_type: 'test_job',
    retry_count: 2,
    last_error: 'refused',
  });
});

databaseTest('get_jobs_ready_for_retry: only due retries are listed', async (sql) => {
  const due = await waiting(sql, 60);
  await waiting(sql, -60);
  await insertJob(sql);
  await insertJob(sql, { status: 'queued' });
  await insertJob(sql, { status: 'queued', next_retry_at: '2026-01-01T00:00:00Z' });
  await claimedJob(sql, { job_type: 'other_job' });
  await insertJob(sql, {
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    completed_at: '2026-01-01T00:00:00Z',
  });
  assert.deepEqual((await ready(sql)).map((row) => row.job_id), [due]);
});

databaseTest('get_jobs_ready_for_retry: 10 minutes overdue are worth one level', async (sql) => {
  const waitedLevelAndMore = await waiting(sql, 1200 + 30, { priority: 4 });
  const higher = await waiting(sql, 600, { priority: 5 });
  const waitedLess = await waiting(sql, 1200 - 30, { priority: 4 });
  const highest = await waiting(sql, 1, { priority: 10 });
  assert.deepEqual(
    (await ready(sql)).map((row) => row.job_id),
    [highest, waitedLevelAndMore, higher, waitedLess],
  );
});

databaseTest('get_jobs_ready_for_retry: its order is the order of a claim', async (sql) => {
  for (const [n, overdue] of [0, 4000, 90, 700, 1300, 5000, 300, 2500].entries()) {
    await waiting(sql, overdue, { priority: 1 + n, job_type: n % 2 ? 'odd' : 'even' });
  }
  const listed = (await ready(sql)).map((row) => row.job_id);
  const claimed = (await claim(sql, { types: ['even', 'odd'] })).map((job) => job.job_id);
  assert.equal(listed.length, 8);
  assert.deepEqual(listed, claimed);
});

databaseTest('get_jobs_ready_for_retry: the limit takes the first ones', async (sql) => {
  const last = await waiting(sql, 10);
  const first = await waiting(sql, 1000);
  const second = await waiting(sql, 500);
  assert.deepEqual((await ready(sql, 2)).map((row) => row.job_id), [first, second]);
  assert.deepEqual((await ready(sql, 1000)).map((row) => row.job_id), [first, second, last]);
});

databaseTest('get_jobs_ready_for_retry: the limit counts ranks, not waits', async (sql) => {
  await waiting(sql, 900, { priority: 5 });
  const ranksFirst = await waiting(sql, 60, { priority: 9 });
  assert.deepEqual((await ready(sql, 1)).map((row) => row.job_id), [ranksFirst]);
});

databaseTest('get_jobs_ready_for_retry: without a limit it lists 50', async (sql) => {
  for (let n = 0; n < 51; n++) await waiting(sql, 10);
  const rows = await sql`select * from get_jobs_ready_for_retry()`;
  assert.equal(rows.length, 50);
});

databaseTest('get_jobs_ready_for_retry: a job that may not run takes no place', async (sql) => {
  const runs = await waiting(sql, 10);
  await waiting(sql, 1000, { retry_enabled: false });
  assert.deepEqual((await ready(sql, 1)).map((row) => row.job_id), [runs]);
});

databaseTest('get_jobs_ready_for_retry: a passed deadline is not ready', async (sql) => {
  const runs = await waiting(sql, 10, { deadline_at: '2099-01-01T00:00:00Z' });
  await waiting(sql, 20, { deadline_at: '2026-01-01T00:00:00Z' });
  assert.deepEqual((await ready(sql)).map((row) => row.job_id), [runs]);
});

databaseTest('get_jobs_ready_for_retry: a manual retry that will run is listed', async (sql) => {
  const id = await insertJob(sql, {
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    retry_enabled: false,
    completed_at: '2026-01-01T00:00:00Z',
  });
  await sql`select retry_job(${id})`;
  const listed = (await ready(sql)).map((row) => row.job_id);
  const claimed = (await claim(sql)).map((job) => job.job_id);
  assert.deepEqual(listed, claimed);
});

databaseTest('get_jobs_ready_for_retry: limits that make no sense are refused', async (sql) => {
  for (const limit of [0, -1, 1001, null]) {
    const refused = await refusal(sql, (s) => s`select * from get_jobs_ready_for_retry(${limit})`);
    assert.equal(refused.code, 'PT400');
    assert.ok(refused.hint);
  }
});
