import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { stateOf } from './job_state.ts';
import { claim, claimedJob, insertPolicy, jobRow } from './jobs.ts';
import { claimAgain, failedJob, release, setColumns, settleOne } from './lifecycle.ts';

async function inSeconds(sql: Sql, seconds: number): Promise<Date> {
  const [row] = await sql<{ at: Date }[]>`
    select date_trunc('second', now()) + ${seconds} * interval '1 second' as at
  `;
  return row!.at;
}

databaseTest('settle_jobs: a snooze never goes past the deadline', async (sql) => {
  const deadline = await inSeconds(sql, 100);
  const job = await claimedJob(sql, { deadline_at: deadline });
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 5000 });
  assert.deepEqual((await jobRow(sql, job.job_id)).next_retry_at, deadline);
});

databaseTest('settle_jobs: a snooze never goes past max_elapsed', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 1000 });
  const scheduled = await inSeconds(sql, -600);
  const job = await claimedJob(sql, { scheduled_at: scheduled });
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 5000 });
  assert.deepEqual((await jobRow(sql, job.job_id)).next_retry_at, await inSeconds(sql, 400));
});

databaseTest(
  'settle_jobs: who still snoozes when max_elapsed has passed is not asked for ever',
  async (sql) => {
    await insertPolicy(sql, { max_elapsed_seconds: 1000 });
    const scheduled = await inSeconds(sql, -1000);
    const job = await claimedJob(sql, { scheduled_at: scheduled });
    const answer = await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
    assert.deepEqual([answer.status, answer.decision, answer.next_retry_at], [
      'permanently_failed',
      'max_elapsed_reached',
      null,
    ]);
    const [line, ...more] = (await stateOf(sql, job.job_id)).history;
    assert.deepEqual([line!.decision, line!.success, more], ['max_elapsed_reached', false, []]);
    assert.equal((await jobRow(sql, job.job_id)).last_error_type, 'timeout');
    assert.equal((await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 })).replayed, true);
  },
);

databaseTest('settle_jobs: a snooze within both bounds is kept to the second', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 1000 });
  const job = await claimedJob(sql, { deadline_at: await inSeconds(sql, 900) });
  const answer = await settleOne(sql, job, 'snoozed', { snooze_seconds: 300 });
  assert.equal((await stateOf(sql, job.job_id)).due_in, 300);
  assert.equal(answer.decision, null);
});

databaseTest('settle_jobs: snoozes use up no budget and leave no error', async (sql) => {
  await insertPolicy(sql, { max_retries: 0 });
  const { job_id } = await claimedJob(sql);
  for (let n = 1; n <= 5; n++) {
    const row = await jobRow(sql, job_id);
    await settleOne(sql, { job_id, lease_token: row.lease_token! }, 'snoozed', {
      snooze_seconds: 0,
    });
    assert.equal((await stateOf(sql, job_id)).snooze_count, n);
    assert.equal((await claimAgain(sql, job_id)).is_retry, false);
  }
  const row = await jobRow(sql, job_id);
  assert.deepEqual([row.last_execution_error, row.last_error_type], [null, null]);
  assert.equal(row.retry_count, 0);
});

databaseTest('settle_jobs: a snoozed job is not claimed before its time', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
  assert.deepEqual(await claim(sql), []);
});

databaseTest(
  'settle_jobs: a snooze keeps the last error and the reason of a retry',
  async (sql) => {
    const { job_id } = await failedJob(sql);
    await setColumns(sql, job_id, { next_retry_reason: 'manual' });
    await settleOne(sql, await claimAgain(sql, job_id), 'snoozed', { snooze_seconds: 60 });
    const row = await jobRow(sql, job_id);
    assert.equal(row.last_execution_error, 'first failure');
    assert.equal(row.next_retry_reason, 'manual');
  },
);

databaseTest('settle_jobs: a snooze ends a row of releases', async (sql) => {
  const { job_id } = await claimedJob(sql);
  await setColumns(sql, job_id, { release_count: 5 });
  const row = await jobRow(sql, job_id);
  await settleOne(sql, { job_id, lease_token: row.lease_token! }, 'snoozed', { snooze_seconds: 0 });
  await release(sql, [await claimAgain(sql, job_id)]);
  const state = await stateOf(sql, job_id);
  assert.equal(state.crash_count, 0);
  assert.equal(state.status, 'pending');
});
