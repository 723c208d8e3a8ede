import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { FAILED_ONCE, FIRST_FAILURE, NEW_JOB, stateOf } from './job_state.ts';
import {
  claimedJob,
  expireLease,
  historyOf,
  insertJob,
  insertPolicy,
  jobRow,
  passWait,
} from './jobs.ts';
import { cancel, claimAgain, failedJob, report, rescue, settleOne } from './lifecycle.ts';

const NETWORK = { type: 'network', message: 'first failure' };

async function assertRefused(
  sql: Sql,
  id: string,
  kind: string,
  options: Parameters<typeof report>[3] = {},
): Promise<void> {
  const before = [await jobRow(sql, id), await historyOf(sql, id)];
  const answer = await report(sql, id, kind, options);
  assert.equal(answer.accepted, false);
  assert.ok(answer.reason);
  assert.equal(answer.status, (before[0] as { status: string }).status);
  assert.deepEqual([await jobRow(sql, id), await historyOf(sql, id)], before);
}

databaseTest('report_job_outcome: the executor that holds the job settles it', async (sql) => {
  const job = await claimedJob(sql);
  const answer = await report(sql, job.job_id, 'completed');
  assert.deepEqual([answer.accepted, answer.status, answer.reason], [true, 'completed', null]);
  assert.deepEqual(await stateOf(sql, job.job_id), {
    ...NEW_JOB,
    status: 'completed',
    final_status: 'completed',
    execution_attempts: 1,
    stop_reason: 'succeeded',
    ended: true,
  });
  assert.equal((await jobRow(sql, job.job_id)).settled_token, job.lease_token);
});

databaseTest(
  'report_job_outcome: a failure of a held job is retried by its policy',
  async (sql) => {
    await insertPolicy(sql);
    const job = await claimedJob(sql);
    const answer = await report(sql, job.job_id, 'failed', NETWORK);
    assert.equal(answer.decision, 'retry_scheduled');
    assert.deepEqual(await stateOf(sql, job.job_id), FAILED_ONCE);
    assert.deepEqual(answer.next_retry_at, (await jobRow(sql, job.job_id)).next_retry_at);
  },
);

databaseTest('report_job_outcome: a held job whose lease ran out still settles', async (sql) => {
  const job = await claimedJob(sql);
  await expireLease(sql, job.job_id);
  assert.equal((await report(sql, job.job_id, 'completed')).accepted, true);
});

databaseTest('report_job_outcome: an unclaimed job that is due counts an attempt', async (sql) => {
  await insertPolicy(sql);
  const id = await insertJob(sql);
  const answer = await report(sql, id, 'failed', { ...NETWORK, executor: 'somebody' });
  assert.deepEqual([answer.accepted, answer.decision], [true, 'retry_scheduled']);
  assert.deepEqual(await stateOf(sql, id), FAILED_ONCE);
  assert.equal((await historyOf(sql, id))[0]!.executor_id, 'somebody');
});

databaseTest('report_job_outcome: a due retry that succeeds unclaimed has its row', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await passWait(sql, job_id);
  assert.equal((await report(sql, job_id, 'completed')).decision, 'succeeded');
  const state = await stateOf(sql, job_id);
  assert.equal(state.execution_attempts, 2);
  assert.deepEqual(state.history[0], FIRST_FAILURE);
  assert.deepEqual([state.history[1]!.is_retry, state.history[1]!.success], [true, true]);
});

databaseTest('report_job_outcome: a result is kept', async (sql) => {
  const id = await insertJob(sql);
  await sql`select report_job_outcome(${id}, 'completed', p_result => '{"sent": 2}')`;
  assert.deepEqual((await jobRow(sql, id)).result_data, { sent: 2 });
});

databaseTest('report_job_outcome: cancelled ends the job', async (sql) => {
  const job = await claimedJob(sql);
  assert.equal((await report(sql, job.job_id, 'cancelled')).status, 'cancelled');
});

databaseTest(
  'report_job_outcome: an attempt counted this way leaves no lease behind',
  async (sql) => {
    const id = await insertJob(sql);
    await report(sql, id, 'failed', NETWORK);
    await rescue(sql, 1000);
    const state = await stateOf(sql, id);
    assert.deepEqual([state.held, state.crash_count], [false, 0]);
    assert.equal((await claimAgain(sql, id)).attempt_number, 2);
  },
);

databaseTest(
  'report_job_outcome: the same failure of a waiting job is accepted, unchanged',
  async (sql) => {
    const { job_id } = await failedJob(sql);
    const before = [await jobRow(sql, job_id), await historyOf(sql, job_id)];
    const answer = await report(sql, job_id, 'failed', { ...NETWORK, executor: 'somebody else' });
    assert.deepEqual([answer.accepted, answer.decision], [true, 'retry_scheduled']);
    assert.deepEqual([await jobRow(sql, job_id), await historyOf(sql, job_id)], before);
  },
);

const UNUSUAL = [
  { type: null, message: null },
  { type: '', message: 'no type' },
  { type: ' network ', message: 'spaces around the type' },
  { type: 'network', message: '' },
  { type: 'network', message: 'long '.repeat(5000) },
];

for (const failure of UNUSUAL) {
  const name = `${JSON.stringify(failure.type)}, ${JSON.stringify(failure.message?.slice(0, 22))}`;
  databaseTest(
    `report_job_outcome: a failure repeated as it was sent is the same: ${name}`,
    async (sql) => {
      await insertPolicy(sql);
      const id = await insertJob(sql);
      assert.equal((await report(sql, id, 'failed', failure)).decision, 'retry_scheduled');
      const before = await jobRow(sql, id);
      assert.equal((await report(sql, id, 'failed', failure)).accepted, true);
      assert.deepEqual(await jobRow(sql, id), before);
    },
  );
}

databaseTest('report_job_outcome: anything else about a waiting job is refused', async (sql) => {
  const { job_id } = await failedJob(sql);
  await assertRefused(sql, job_id, 'completed');
  await assertRefused(sql, job_id, 'cancelled');
  await assertRefused(sql, job_id, 'failed', { ...NETWORK, type: 'timeout' });
  await assertRefused(sql, job_id, 'failed', { ...NETWORK, message: 'another' });
});

databaseTest('report_job_outcome: a job that is not due yet is refused', async (sql) => {
  const id = await insertJob(sql, { scheduled_at: new Date(Date.now() + 60_000) });
  await assertRefused(sql, id, 'failed', NETWORK);
  await assertRefused(sql, id, 'completed');
});

databaseTest('report_job_outcome: a job held by another executor is refused', async (sql) => {
  const { job_id } = await claimedJob(sql);
  await assertRefused(sql, job_id, 'completed', { executor: 'another' });
  await expireLease(sql, job_id);
  await assertRefused(sql, job_id, 'failed', { ...NETWORK, executor: 'another' });
});

databaseTest('report_job_outcome: a job that has ended is refused', async (sql) => {
  const completed = await claimedJob(sql);
  await settleOne(sql, completed, 'completed');
  const failed = await claimedJob(sql);
  await settleOne(sql, failed, 'failed', { error_type: 'permission' });
  const cancelled = await insertJob(sql);
  await cancel(sql, cancelled);
  for (const id of [completed.job_id, failed.job_id, cancelled]) {
    await assertRefused(sql, id, 'completed');
    await assertRefused(sql, id, 'failed', NETWORK);
  }
});

databaseTest('report_job_outcome: a job that does not exist is refused', async (sql) => {
  const answer = await report(sql, crypto.randomUUID(), 'completed');
  assert.deepEqual([answer.accepted, answer.status], [false, null]);
  assert.ok(answer.reason);
});

databaseTest(
  'report_job_outcome: wrong calls raise with a hint and change nothing',
  async (sql) => {
    const { job_id } = await claimedJob(sql);
    const before = await jobRow(sql, job_id);
    for (
      const [kind, executor] of [['exploded', 'executor'], ['snoozed', 'executor'], ['failed', '']]
    ) {
      const error = await refusal(sql, async (sql) => {
        await report(sql, job_id, kind!, { executor: executor! });
      });
      assert.equal(error.code, 'PT400');
      assert.ok(error.hint);
    }
    assert.deepEqual(await jobRow(sql, job_id), before);
  },
);
