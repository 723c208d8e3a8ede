import assert from 'node:assert/strict';
import { databaseTest, refusal } from './database.ts';
import { FAILED_ONCE, FIRST_FAILURE, NEW_JOB, stateOf } from './job_state.ts';
import { claimedJob, insertJob, insertPolicy, jobRow } from './jobs.ts';
import { cancel, claimAgain, extend, failedJob, retry, settleOne } from './lifecycle.ts';

const CANCELLED = {
  status: 'cancelled',
  final_status: 'cancelled',
  stop_reason: 'cancelled',
  ended: true,
  due_in: null,
} as const;

databaseTest('cancel | pending | cancelled', async (sql) => {
  const id = await insertJob(sql);
  await cancel(sql, id);
  const { cancel_requested } = await stateOf(sql, id);
  assert.deepEqual(await stateOf(sql, id), { ...NEW_JOB, ...CANCELLED, cancel_requested });
});

databaseTest('cancel | queued | cancelled', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await cancel(sql, job_id);
  const { cancel_requested } = await stateOf(sql, job_id);
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    ...CANCELLED,
    cancel_requested,
  });
});

databaseTest('cancel | running | running, and the next extend says so', async (sql) => {
  const job = await claimedJob(sql);
  await cancel(sql, job.job_id);
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    status: 'running',
    held: true,
    execution_attempts: 1,
    cancel_requested: true,
  });
  const [extended] = await extend(sql, [job]);
  assert.equal(extended!.held, true);
  assert.equal(extended!.cancel_requested, true);
});

for (const status of ['permanently_failed', 'cancelled']) {
  databaseTest(`manual retry | ${status} | queued / failed, fresh budget`, async (sql) => {
    await insertPolicy(sql, { max_retries: 1 });
    const { job_id } = await failedJob(sql);
    if (status === 'cancelled') await cancel(sql, job_id);
    else await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
    const before = await stateOf(sql, job_id);
    assert.equal(before.status, status);
    await retry(sql, job_id, { reason: 'fixed by hand' });
    assert.deepEqual(await stateOf(sql, job_id), {
      ...before,
      status: 'queued',
      final_status: 'failed',
      retry_count: 0,
      stop_reason: null,
      ended: false,
      cancel_requested: false,
      due_in: 0,
    });
    assert.equal((await jobRow(sql, job_id)).next_retry_reason, 'fixed by hand');
  });
}

databaseTest('manual retry ("now") | queued | queued, due now', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await retry(sql, job_id);
  assert.deepEqual(await stateOf(sql, job_id), { ...FAILED_ONCE, due_in: 0 });
});

databaseTest('manual retry | pending, running, completed | refused (409)', async (sql) => {
  const running = await claimedJob(sql);
  const completed = await claimedJob(sql);
  await settleOne(sql, completed, 'completed');
  const ids = [running.job_id, completed.job_id, await insertJob(sql)];
  for (const id of ids) {
    const before = await jobRow(sql, id);
    const error = await refusal(sql, async (sql) => await retry(sql, id));
    assert.equal(error.code, 'PT409');
    assert.ok(error.hint);
    assert.deepEqual(await jobRow(sql, id), before);
  }
});

databaseTest('any outcome with another token | any | unchanged, with the reason', async (sql) => {
  const { job_id } = await claimedJob(sql);
  const before = await jobRow(sql, job_id);
  for (const kind of ['completed', 'failed', 'cancelled', 'snoozed']) {
    const stranger = { job_id, lease_token: crypto.randomUUID() };
    const answer = await settleOne(sql, stranger, kind, { snooze_seconds: 1 });
    assert.equal(answer.accepted, false);
    assert.ok(answer.reason);
  }
  assert.deepEqual(await jobRow(sql, job_id), before);
  assert.deepEqual((await stateOf(sql, job_id)).history, []);
});

databaseTest('the same outcome again | any | unchanged, accepted, replayed', async (sql) => {
  await insertPolicy(sql);
  const job = await failedJob(sql);
  const before = await jobRow(sql, job.job_id);
  const answer = await settleOne(sql, job, 'failed', { error_type: 'network' });
  assert.equal(answer.accepted, true);
  assert.equal(answer.replayed, true);
  assert.deepEqual(await jobRow(sql, job.job_id), before);
  assert.deepEqual((await stateOf(sql, job.job_id)).history, [FIRST_FAILURE]);
});
