import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { FAILED_ONCE, stateOf } from './job_state.ts';
import { claimedJob, historyOf, insertJob, insertPolicy, jobRow, passWait } from './jobs.ts';

async function schedule(
  sql: Sql,
  id: string,
  { message = 'Network timeout occurred', type = 'network', executor = 'executor' } = {},
): Promise<boolean> {
  const [row] = await sql<{ scheduled: boolean }[]>`
    select schedule_job_retry(${id}, ${message}, ${type}, ${executor}) as scheduled
  `;
  return row!.scheduled;
}

databaseTest('schedule_job_retry: true when a retry of a held job is scheduled', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await claimedJob(sql);
  assert.equal(await schedule(sql, job_id), true);
  assert.deepEqual(await stateOf(sql, job_id), FAILED_ONCE);
  assert.equal((await jobRow(sql, job_id)).last_execution_error, 'Network timeout occurred');
});

databaseTest('schedule_job_retry: an unclaimed job that is due counts an attempt', async (sql) => {
  await insertPolicy(sql);
  const id = await insertJob(sql);
  assert.equal(await schedule(sql, id), true);
  assert.deepEqual(await stateOf(sql, id), FAILED_ONCE);
});

databaseTest('schedule_job_retry: the type and the executor may be left out', async (sql) => {
  await insertPolicy(sql);
  const id = await insertJob(sql);
  const [row] = await sql`select schedule_job_retry(${id}, 'it broke') as scheduled`;
  assert.equal(row!.scheduled, true);
  const [line] = await historyOf(sql, id);
  assert.deepEqual([line!.error_type, line!.executor_id], ['unknown_error', 'unknown']);
});

databaseTest(
  'schedule_job_retry: the same failure again is true and changes nothing',
  async (sql) => {
    const id = await insertJob(sql);
    assert.equal(await schedule(sql, id), true);
    const before = [await jobRow(sql, id), await historyOf(sql, id)];
    assert.equal(await schedule(sql, id), true);
    assert.deepEqual([await jobRow(sql, id), await historyOf(sql, id)], before);
  },
);

databaseTest(
  'schedule_job_retry: another failure of a waiting job is false, unchanged',
  async (sql) => {
    const id = await insertJob(sql);
    await schedule(sql, id);
    const before = await jobRow(sql, id);
    assert.equal(await schedule(sql, id, { message: 'something else' }), false);
    assert.deepEqual(await jobRow(sql, id), before);
  },
);

databaseTest(
  'schedule_job_retry: the same failure of the next attempt counts as one more',
  async (sql) => {
    const id = await insertJob(sql);
    await schedule(sql, id);
    await passWait(sql, id);
    assert.equal(await schedule(sql, id), true);
    const state = await stateOf(sql, id);
    assert.deepEqual([state.retry_count, state.execution_attempts], [2, 2]);
  },
);

databaseTest('schedule_job_retry: false when the failure ends the job', async (sql) => {
  const id = await insertJob(sql);
  assert.equal(await schedule(sql, id, { type: 'authentication' }), false);
  assert.equal((await jobRow(sql, id)).stop_reason, 'error_not_retryable');
  assert.equal(await schedule(sql, id, { type: 'authentication' }), false);
});

databaseTest(
  'schedule_job_retry: false for what is held by another or does not exist',
  async (sql) => {
    const { job_id } = await claimedJob(sql);
    const before = await jobRow(sql, job_id);
    assert.equal(await schedule(sql, job_id, { executor: 'another' }), false);
    assert.deepEqual(await jobRow(sql, job_id), before);
    assert.equal(await schedule(sql, crypto.randomUUID()), false);
  },
);

databaseTest('schedule_job_retry: an empty executor raises with a hint', async (sql) => {
  const id = await insertJob(sql);
  const error = await refusal(sql, async (sql) => await schedule(sql, id, { executor: '' }));
  assert.equal(error.code, 'PT400');
  assert.ok(error.hint);
  assert.equal((await jobRow(sql, id)).execution_attempts, 0);
});
