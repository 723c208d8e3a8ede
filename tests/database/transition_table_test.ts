import assert from 'node:assert/strict';
import { databaseTest } from './database.ts';
import { FAILED_ONCE, FIRST_FAILURE, NEW_JOB, stateOf } from './job_state.ts';
import {
  claim,
  claimedJob,
  expireLease,
  insertJob,
  insertPolicy,
  jobRow,
  passWait,
} from './jobs.ts';
import { claimAgain, failedJob, release, rescue, setColumns, settleOne } from './lifecycle.ts';

const PAST = new Date(Date.now() - 60_000);
const RUNNING = { status: 'running', held: true } as const;
const CRASHED = { ...FIRST_FAILURE, error_type: 'lease_expired', delay: 30 };

databaseTest('claim | pending, due | running', async (sql) => {
  const id = await insertJob(sql);
  const [job] = await claim(sql);
  assert.deepEqual(await stateOf(sql, id), { ...NEW_JOB, ...RUNNING, execution_attempts: 1 });
  assert.equal((await jobRow(sql, id)).lease_token, job!.lease_token);
});

databaseTest('claim | queued, due | running, final status unchanged', async (sql) => {
  await insertPolicy(sql);
  const first = await failedJob(sql);
  assert.deepEqual(await stateOf(sql, first.job_id), FAILED_ONCE);
  const second = await claimAgain(sql, first.job_id);
  const { due_in: _, ...state } = await stateOf(sql, first.job_id);
  const { due_in: __, ...before } = FAILED_ONCE;
  assert.deepEqual(state, { ...before, ...RUNNING, execution_attempts: 2 });
  assert.notEqual(second.lease_token, first.lease_token);
});

databaseTest('claim finds deadline_at passed | pending | permanently_failed', async (sql) => {
  const id = await insertJob(sql, { deadline_at: PAST });
  assert.deepEqual(await claim(sql), []);
  assert.deepEqual(await stateOf(sql, id), {
    ...NEW_JOB,
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    stop_reason: 'deadline_passed',
    ended: true,
  });
});

databaseTest('claim finds deadline_at passed | queued | permanently_failed', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await passWait(sql, job_id);
  await setColumns(sql, job_id, { deadline_at: PAST });
  assert.deepEqual(await claim(sql), []);
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    stop_reason: 'deadline_passed',
    ended: true,
    due_in: null,
  });
});

databaseTest('claim finds retry_enabled = false | queued after a failure', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await passWait(sql, job_id);
  await setColumns(sql, job_id, { retry_enabled: false });
  assert.deepEqual(await claim(sql), []);
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    stop_reason: 'retries_disabled',
    ended: true,
    due_in: null,
  });
});

const COMPLETED = { status: 'completed', final_status: 'completed', ended: true } as const;

databaseTest('completed | running, first attempt | completed, no history', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'completed');
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    ...COMPLETED,
    execution_attempts: 1,
    stop_reason: 'succeeded',
  });
});

databaseTest('completed | running, a retry | completed, succeeded', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, job_id), 'completed');
  const success = { attempt: 2, is_retry: true, success: true, error_type: null, delay: null };
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    ...COMPLETED,
    execution_attempts: 2,
    stop_reason: 'succeeded',
    due_in: null,
    history: [FIRST_FAILURE, { ...success, decision: 'succeeded' }],
  });
});

databaseTest('failed, retryable, budget left | running | queued / failed', async (sql) => {
  await insertPolicy(sql);
  const job = await claimedJob(sql);
  const answer = await settleOne(sql, job, 'failed', { error_type: 'network' });
  assert.deepEqual(await stateOf(sql, job.job_id), FAILED_ONCE);
  assert.equal(answer.decision, 'retry_scheduled');
});

databaseTest('failed otherwise | running | permanently_failed', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'failed', { error_type: 'validation_error' });
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    execution_attempts: 1,
    stop_reason: 'error_not_retryable',
    ended: true,
    history: [{
      ...FIRST_FAILURE,
      error_type: 'validation_error',
      decision: 'error_not_retryable',
      delay: null,
    }],
  });
});

databaseTest('snoozed | running, never failed | pending', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 90 });
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    execution_attempts: 1,
    snooze_count: 1,
    due_in: 90,
  });
});

databaseTest('snoozed | running, failed before | queued / failed', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, job_id), 'snoozed', { snooze_seconds: 90 });
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    execution_attempts: 2,
    snooze_count: 1,
    due_in: 90,
  });
});

databaseTest('released | running, never failed | pending, due now', async (sql) => {
  const job = await claimedJob(sql);
  await release(sql, [job]);
  const { due_in, ...state } = await stateOf(sql, job.job_id);
  const { due_in: _, ...fresh } = NEW_JOB;
  assert.deepEqual(state, { ...fresh, execution_attempts: 1, release_count: 1 });
  assert.ok(due_in === 0 || due_in === null);
  assert.equal((await claim(sql)).length, 1);
});

databaseTest('released | running, failed before | queued / failed, due now', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await release(sql, [await claimAgain(sql, job_id)]);
  assert.deepEqual(await stateOf(sql, job_id), {
    ...FAILED_ONCE,
    execution_attempts: 2,
    release_count: 1,
    due_in: 0,
  });
});

databaseTest(
  'lease expired | running, past execution_timeout_at | queued / failed',
  async (sql) => {
    const job = await claimedJob(sql);
    await expireLease(sql, job.job_id);
    await rescue(sql);
    assert.deepEqual(await stateOf(sql, job.job_id), {
      ...FAILED_ONCE,
      retry_count: 0,
      crash_count: 1,
      due_in: 30,
      history: [CRASHED],
    });
  },
);

databaseTest('lease expired | running, at max_crashes | permanently_failed', async (sql) => {
  const job = await claimedJob(sql);
  await setColumns(sql, job.job_id, { crash_count: 2 });
  await expireLease(sql, job.job_id);
  await rescue(sql);
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    execution_attempts: 1,
    crash_count: 3,
    stop_reason: 'crash_limit_reached',
    ended: true,
    history: [{ ...CRASHED, decision: 'crash_limit_reached', delay: null }],
  });
});

databaseTest('late completed | queued after rescue | completed, succeeded_late', async (sql) => {
  const job = await claimedJob(sql);
  await expireLease(sql, job.job_id);
  await rescue(sql);
  await settleOne(sql, job, 'completed');
  const late = { error_type: null, decision: 'succeeded_late', delay: null, success: true };
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    ...COMPLETED,
    execution_attempts: 1,
    crash_count: 1,
    stop_reason: 'succeeded_late',
    history: [{ ...CRASHED, ...late }],
  });
});
