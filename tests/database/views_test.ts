import assert from 'node:assert/strict';
import { actAs, databaseTest, type Sql } from './database.ts';
import { ageAttempt, insertAttempt } from './history.ts';
import { insertJob, OTHER_OWNER, OWNER } from './jobs.ts';

/** A job that waits for a retry in so many minutes. */
async function waiting(
  sql: Sql,
  minutes: number,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const failed = { status: 'queued', final_status: 'failed', next_retry_at: '2026-01-01' };
  const id = await insertJob(sql, { ...failed, ...columns });
  await sql`
    update puppet_jobs set next_retry_at = now() + make_interval(mins => ${minutes})
    where id = ${id}
  `;
  return id;
}

databaseTest('puppet_jobs_pending_retry: shows what waits, soonest first', async (sql) => {
  const late = await waiting(sql, 90);
  const soon = await waiting(sql, 30);
  const overdue = await waiting(sql, -15);
  await waiting(sql, 10, { retry_enabled: false });
  await insertJob(sql);
  await insertJob(sql, { status: 'queued' });
  const rows = await sql`
    select job_id, minutes_until_retry::float8 as minutes
    from puppet_jobs_pending_retry
    where user_id = ${OWNER}
  `;
  assert.deepEqual(rows.map((row) => row.job_id), [overdue, soon, late]);
  assert.deepEqual(rows.map((row) => Math.round(row.minutes)), [-15, 30, 90]);
});

databaseTest('puppet_retry_stats_by_type: counts retries of engine rows only', async (sql) => {
  const id = await insertJob(sql);
  await insertAttempt(sql, id, { delay_seconds: 100 });
  await insertAttempt(sql, id, { attempt_number: 2, is_retry: true, delay_seconds: 200 });
  await insertAttempt(sql, id, { attempt_number: 3, is_retry: true });
  const success = { is_retry: true, success: true, decision: 'succeeded' };
  await insertAttempt(sql, id, { attempt_number: 4, ...success });
  await insertAttempt(sql, id, { attempt_number: 5, ...success, logged_by: 'caller' });
  const [row] = await sql`
    select total_retries::int, successful_retries::int, failed_retries::int,
      success_rate::float8, average_delay_seconds::float8
    from puppet_retry_stats_by_type
    where job_type = 'test_job'
  `;
  assert.deepEqual({ ...row }, {
    total_retries: 3,
    successful_retries: 1,
    failed_retries: 2,
    success_rate: 33.33,
    average_delay_seconds: 150,
  });
});

databaseTest('puppet_retry_stats_by_type: a type without retries has no rate', async (sql) => {
  await insertAttempt(sql, await insertJob(sql));
  const [row] = await sql`
    select total_retries::int, success_rate, average_delay_seconds
    from puppet_retry_stats_by_type
    where job_type = 'test_job'
  `;
  assert.deepEqual({ ...row }, {
    total_retries: 0,
    success_rate: null,
    average_delay_seconds: null,
  });
});

databaseTest('puppet_recent_retry_activity: shows attempts, newest first', async (sql) => {
  const id = await insertJob(sql);
  for (const hours of [2, 1, 3, 24 * 30]) {
    const columns = { attempt_number: hours, error_type: 'network' };
    await ageAttempt(sql, await insertAttempt(sql, id, columns), hours);
  }
  const rows = await sql`
    select attempt_number from puppet_recent_retry_activity where user_id = ${OWNER}
  `;
  assert.deepEqual(rows.map((row) => row.attempt_number), [1, 2, 3]);
});

databaseTest('views: each owner sees only what is theirs', async (sql) => {
  for (const user_id of [OWNER, OTHER_OWNER]) {
    const job_type = user_id === OWNER ? 'test_job' : 'other_job';
    await insertAttempt(sql, await waiting(sql, 5, { user_id, job_type }), { user_id, job_type });
  }
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  for (
    const view of [
      'puppet_jobs_pending_retry',
      'puppet_recent_retry_activity',
      'puppet_retry_stats_by_type',
    ]
  ) {
    const rows = await sql`select job_type from ${sql(view)}`;
    assert.deepEqual(rows.map((row) => row.job_type), ['other_job'], view);
  }
});
