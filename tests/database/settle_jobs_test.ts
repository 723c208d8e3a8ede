import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { NEW_JOB, stateOf } from './job_state.ts';
import { claim, claimedJob, historyOf, insertPolicy, jobRow, settle } from './jobs.ts';
import { claimAgain, failedJob, outcome, settleOne } from './lifecycle.ts';

/** Calls settle_jobs with anything at all. */
async function settleAnything(sql: Sql, executor: string | null, outcomes: unknown): Promise<void> {
  await sql`select settle_jobs(${executor}, ${JSON.stringify(outcomes) ?? null}::text::jsonb)`;
}

databaseTest('settle_jobs: each outcome is answered in order, with its decision', async (sql) => {
  await insertPolicy(sql);
  const done = await claimedJob(sql);
  const failed = await claimedJob(sql);
  const ended = await claimedJob(sql);
  const stopped = await claimedJob(sql);
  const snoozed = await claimedJob(sql);
  const answers = await settle(sql, [
    outcome(snoozed, 'snoozed', { snooze_seconds: 60 }),
    outcome(done, 'completed'),
    outcome(failed, 'failed', { error_type: 'timeout' }),
    outcome(ended, 'failed', { error_type: 'permission' }),
    outcome(stopped, 'cancelled'),
  ]);
  assert.deepEqual(answers.map((answer) => [answer.job_id, answer.status, answer.decision]), [
    [snoozed.job_id, 'pending', null],
    [done.job_id, 'completed', 'succeeded'],
    [failed.job_id, 'queued', 'retry_scheduled'],
    [ended.job_id, 'permanently_failed', 'error_not_retryable'],
    [stopped.job_id, 'cancelled', 'cancelled'],
  ]);
  for (const answer of answers) {
    assert.equal(answer.accepted, true);
    assert.equal(answer.replayed, false);
    assert.equal(answer.reason, null);
    const { next_retry_at } = await jobRow(sql, answer.job_id);
    const answered = answer.next_retry_at && new Date(answer.next_retry_at).getTime();
    assert.equal(answered, next_retry_at && next_retry_at.getTime());
  }
  assert.deepEqual(Object.keys(answers[0]!).sort(), [
    'accepted',
    'decision',
    'job_id',
    'next_retry_at',
    'reason',
    'replayed',
    'status',
  ]);
});

databaseTest('settle_jobs: a result is kept, of any JSON kind', async (sql) => {
  for (const result of [{ sent: 3 }, [1, 2], 'text', 7, false, null]) {
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'completed', { result });
    assert.deepEqual((await jobRow(sql, job.job_id)).result_data, result);
  }
});

databaseTest(
  'settle_jobs: a failure writes what happened to the job and its history',
  async (sql) => {
    await insertPolicy(sql, { backoff_multiplier: 1.5 });
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'failed', {
      error_type: 'rate_limit',
      error_message: 'HTTP 429',
      duration_ms: 1234,
      context: { status: 429 },
    });
    const row = await jobRow(sql, job.job_id);
    assert.equal(row.last_execution_error, 'HTTP 429');
    assert.equal(row.last_error_type, 'rate_limit');
    assert.equal(row.settled_token, job.lease_token);
    const [line] = await historyOf(sql, job.job_id);
    assert.equal(line!.error_message, 'HTTP 429');
    assert.equal(line!.duration_ms, 1234);
    assert.equal(line!.executor_id, 'executor');
    assert.equal(line!.logged_by, 'engine');
    assert.equal(line!.retry_reason, 'automatic');
    assert.equal(line!.delay_seconds, 7200);
    assert.equal(line!.jitter_seconds, 0);
    assert.equal(Number(line!.backoff_multiplier), 1.5);
    assert.deepEqual(line!.next_retry_at, row.next_retry_at);
    assert.deepEqual(await context(sql, job.job_id), [{ user_id: row.user_id, status: 429 }]);
  },
);

async function context(sql: Sql, id: string): Promise<unknown[]> {
  const rows = await sql`
    select user_id, (execution_context ->> 'status')::int as status
    from puppet_job_retry_history
    where job_id = ${id} and job_type = 'test_job' and attempted_at between now() and created_at
  `;
  return rows.map((row) => ({ ...row }));
}

databaseTest('settle_jobs: what was not given stays null', async (sql) => {
  const job = await failedJob(sql);
  const [row] = await sql`
    select execution_context from puppet_job_retry_history where job_id = ${job.job_id}
  `;
  assert.equal(row!.execution_context, null);
  const silent = await claimedJob(sql);
  await settleOne(sql, silent, 'completed');
  assert.equal((await jobRow(sql, silent.job_id)).result_data, null);
});

databaseTest('settle_jobs: without a duration it is the time since the claim', async (sql) => {
  const job = await claimedJob(sql);
  await sql`
    update puppet_jobs set executing_at = clock_timestamp() - interval '90 seconds'
    where id = ${job.job_id}
  `;
  await settleOne(sql, job, 'failed', { error_type: 'network' });
  const [line] = await historyOf(sql, job.job_id);
  assert.ok(line!.duration_ms! >= 90_000 && line!.duration_ms! < 100_000);
});

databaseTest('settle_jobs: now is the clock of the call, not of the transaction', async (sql) => {
  await insertPolicy(sql, { base_delay_seconds: 1, max_delay_seconds: 1 });
  const job = await claimedJob(sql);
  const before = Date.now();
  await settleOne(sql, job, 'failed', { error_type: 'network' });
  const { next_retry_at } = await jobRow(sql, job.job_id);
  const wait = next_retry_at!.getTime() - before;
  assert.ok(wait >= 999 && wait < 10_000, `${wait} ms`);
});

databaseTest('settle_jobs: a message is kept up to 8 kB, never within a character', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'failed', { error_type: 'x', error_message: '€'.repeat(10_000) });
  const [line] = await historyOf(sql, job.job_id);
  assert.match(line!.error_message!, /^€{1000,2730}$/);
});

databaseTest('settle_jobs: an expired lease that nobody rescued still settles', async (sql) => {
  const job = await claimedJob(sql);
  await sql`
    update puppet_jobs set execution_timeout_at = now() - interval '1 day'
    where id = ${job.job_id}
  `;
  assert.equal((await settleOne(sql, job, 'completed')).accepted, true);
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    status: 'completed',
    final_status: 'completed',
    execution_attempts: 1,
    stop_reason: 'succeeded',
    ended: true,
  });
});

databaseTest('settle_jobs: a failure after a snooze keeps the count of retries', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, job_id), 'snoozed', { snooze_seconds: 5 });
  await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
  const state = await stateOf(sql, job_id);
  assert.equal(state.retry_count, 2);
  assert.deepEqual(state.history.map((line) => [line.attempt, line.delay]), [[1, 7200], [
    3,
    14400,
  ]]);
});

databaseTest('settle_jobs: 1000 outcomes in one call are settled', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, job_type)
    select gen_random_uuid(), 'test_job' from generate_series(1, 1000)
  `;
  const jobs = await claim(sql, { limit: 1000 });
  const answers = await settle(sql, jobs.map((job) => outcome(job, 'completed')));
  assert.equal(answers.filter((answer) => answer.accepted).length, 1000);
});

databaseTest('settle_jobs: no outcomes are no work', async (sql) => {
  assert.deepEqual(await settle(sql, []), []);
});

databaseTest('settle_jobs: wrong calls raise with a hint and change nothing', async (sql) => {
  const job = await claimedJob(sql);
  const before = await jobRow(sql, job.job_id);
  const item = outcome(job, 'completed');
  const wrong: [string | null, unknown][] = [
    [null, [item]],
    ['', [item]],
    ['executor', undefined],
    ['executor', null],
    ['executor', item],
    ['executor', 'text'],
    ['executor', Array.from({ length: 1001 }, () => item)],
  ];
  for (const [executor, outcomes] of wrong) {
    const error = await refusal(sql, async (sql) => await settleAnything(sql, executor, outcomes));
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
  assert.deepEqual(await jobRow(sql, job.job_id), before);
});
