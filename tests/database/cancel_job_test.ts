import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { stateOf } from './job_state.ts';
import {
  claim,
  claimedJob,
  expireLease,
  historyOf,
  insertJob,
  insertPolicy,
  jobRow,
  OTHER_OWNER,
  OWNER,
} from './jobs.ts';
import { cancel, claimAgain, extend, failedJob, release, rescue, settleOne } from './lifecycle.ts';

databaseTest('cancel_job: a waiting job is cancelled at once and never claimed', async (sql) => {
  const id = await insertJob(sql);
  assert.equal((await cancel(sql, id)).status, 'cancelled');
  assert.deepEqual(await claim(sql), []);
});

databaseTest('cancel_job: a job that is snoozed or released is cancelled at once', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
  assert.equal((await cancel(sql, job.job_id)).status, 'cancelled');
  assert.equal((await historyOf(sql, job.job_id)).length, 0);
});

databaseTest('cancel_job: a running job goes on, and each heartbeat says so', async (sql) => {
  const job = await claimedJob(sql);
  const other = await claimedJob(sql);
  assert.equal((await cancel(sql, job.job_id)).status, 'running');
  const answers = await extend(sql, [job, other]);
  assert.deepEqual(answers.map((answer) => answer.cancel_requested), [true, false]);
  assert.equal((await extend(sql, [job]))[0]!.cancel_requested, true);
});

databaseTest('cancel_job: completed wins over a cancel', async (sql) => {
  const job = await claimedJob(sql);
  await cancel(sql, job.job_id);
  const answer = await settleOne(sql, job, 'completed', { result: { sent: 1 } });
  assert.deepEqual([answer.accepted, answer.status], [true, 'completed']);
  assert.deepEqual((await jobRow(sql, job.job_id)).result_data, { sent: 1 });
  assert.equal((await jobRow(sql, job.job_id)).stop_reason, 'succeeded');
  assert.equal((await jobRow(sql, job.job_id)).last_execution_error, null);
});

const OUTCOMES = ['failed', 'cancelled', 'snoozed', 'released', 'expired'] as const;

for (const kind of OUTCOMES) {
  databaseTest(`cancel_job: ${kind} after a cancel is cancelled, with a row`, async (sql) => {
    await insertPolicy(sql);
    const { job_id } = await failedJob(sql);
    const job = await claimAgain(sql, job_id);
    await cancel(sql, job_id);
    if (kind === 'expired') {
      await expireLease(sql, job_id);
      await rescue(sql);
    } else if (kind === 'released') {
      await release(sql, [job]);
    } else {
      const more = { error_type: 'network', snooze_seconds: 60 };
      const answer = await settleOne(sql, job, kind, more);
      assert.deepEqual([answer.status, answer.decision], ['cancelled', 'cancelled']);
    }
    const state = await stateOf(sql, job_id);
    assert.deepEqual([state.status, state.final_status], ['cancelled', 'cancelled']);
    assert.deepEqual([state.stop_reason, state.due_in], ['cancelled', null]);
    assert.deepEqual([state.held, state.ended, state.retry_count], [false, true, 1]);
    const [, line] = state.history;
    assert.deepEqual([line!.decision, line!.success, line!.delay], ['cancelled', false, null]);
    const { last_execution_error } = await jobRow(sql, job_id);
    assert.equal(last_execution_error, 'Cancelled: not wanted any more');
  });
}

databaseTest('cancel_job: a cancelled job stays as it is', async (sql) => {
  const id = await insertJob(sql);
  await cancel(sql, id);
  const before = await jobRow(sql, id);
  assert.equal((await cancel(sql, id)).status, 'cancelled');
  assert.deepEqual(await jobRow(sql, id), before);
});

databaseTest('cancel_job: 409 for a job that completed or failed for good', async (sql) => {
  const completed = await claimedJob(sql);
  await settleOne(sql, completed, 'completed');
  const failed = await claimedJob(sql);
  await settleOne(sql, failed, 'failed', { error_type: 'permission' });
  for (const { job_id } of [completed, failed]) {
    const before = await jobRow(sql, job_id);
    const error = await refusal(sql, async (sql) => await cancel(sql, job_id));
    assert.equal(error.code, 'PT409');
    assert.ok(error.hint);
    assert.deepEqual(await jobRow(sql, job_id), before);
  }
});

databaseTest('cancel_job: 404 for a job that does not exist', async (sql) => {
  const error = await refusal(sql, async (sql) => await cancel(sql, crypto.randomUUID()));
  assert.equal(error.code, 'PT404');
  assert.ok(error.hint);
});

databaseTest("cancel_job: owners cancel their own jobs and get 404 for another's", async (sql) => {
  const own = await insertJob(sql);
  const foreign = await insertJob(sql, { user_id: OTHER_OWNER });
  await actAs(sql, 'authenticated', { sub: OWNER });
  assert.equal((await cancel(sql, own)).status, 'cancelled');
  const error = await refusal(sql, async (sql) => await cancel(sql, foreign));
  assert.equal(error.code, 'PT404');
  await actAs(sql, 'none');
  assert.equal((await jobRow(sql, foreign)).status, 'pending');
});
