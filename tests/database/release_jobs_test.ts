import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { stateOf } from './job_state.ts';
import { type Claimed, claimedJob, expireLease, insertPolicy, jobRow } from './jobs.ts';
import { cancel, claimAgain, failedJob, release, rescue, retry, settleOne } from './lifecycle.ts';

/** Releases the job so many times in a row, claiming it again each time, and leaves it claimed. */
async function releasedTimes(sql: Sql, times: number): Promise<Claimed> {
  let job = await claimedJob(sql);
  for (let n = 0; n < times; n++) {
    await release(sql, [job]);
    job = await claimAgain(sql, job.job_id);
  }
  return job;
}

databaseTest('release_jobs: a released job is answered and may be claimed at once', async (sql) => {
  const job = await claimedJob(sql);
  const [answer] = await release(sql, [job]);
  assert.equal(answer!.accepted, true);
  assert.equal(answer!.status, 'pending');
  assert.equal((await claimAgain(sql, job.job_id)).attempt_number, 2);
});

databaseTest('release_jobs: a job that is named twice is released once', async (sql) => {
  const job = await claimedJob(sql);
  const answers = await release(sql, [job, job]);
  assert.deepEqual(answers.map(({ accepted, replayed }) => [accepted, replayed]), [
    [true, false],
    [true, true],
  ]);
  assert.equal((await stateOf(sql, job.job_id)).release_count, 1);
});

databaseTest('release_jobs: five releases in a row are no crash, the sixth is', async (sql) => {
  const job = await releasedTimes(sql, 5);
  const before = await stateOf(sql, job.job_id);
  assert.deepEqual([before.release_count, before.crash_count, before.history], [5, 0, []]);
  await release(sql, [job]);
  const state = await stateOf(sql, job.job_id);
  assert.equal(state.crash_count, 1);
  assert.deepEqual([state.status, state.final_status], ['queued', 'failed']);
  assert.deepEqual([state.retry_count, state.due_in], [0, 30]);
  assert.deepEqual(state.history.map((line) => [line.decision, line.delay]), [
    ['retry_scheduled', 30],
  ]);
});

databaseTest('release_jobs: after a crash the row of releases starts anew', async (sql) => {
  const job = await releasedTimes(sql, 5);
  await release(sql, [job]);
  await release(sql, [await claimAgain(sql, job.job_id)]);
  const state = await stateOf(sql, job.job_id);
  assert.deepEqual([state.crash_count, state.due_in], [1, 0]);
});

databaseTest('release_jobs: a settled attempt ends the row of releases', async (sql) => {
  await insertPolicy(sql);
  const job = await releasedTimes(sql, 5);
  await settleOne(sql, job, 'failed', { error_type: 'network' });
  await release(sql, [await claimAgain(sql, job.job_id)]);
  assert.equal((await stateOf(sql, job.job_id)).crash_count, 0);
});

for (const reason of ['memory', 'cpu']) {
  databaseTest(`release_jobs: one release for ${reason} is a crash`, async (sql) => {
    const job = await claimedJob(sql);
    await release(sql, [job], reason);
    const state = await stateOf(sql, job.job_id);
    assert.deepEqual([state.status, state.final_status], ['queued', 'failed']);
    assert.deepEqual([state.crash_count, state.retry_count, state.due_in], [1, 0, 30]);
    assert.equal(state.history[0]!.decision, 'retry_scheduled');
    assert.equal(state.history[0]!.success, false);
  });
}

databaseTest('release_jobs: a crash at max_crashes ends the job', async (sql) => {
  await insertPolicy(sql, { max_crashes: 2 });
  const job = await claimedJob(sql);
  await release(sql, [job], 'memory');
  const [answer] = await release(sql, [await claimAgain(sql, job.job_id)], 'memory');
  assert.equal(answer!.decision, 'crash_limit_reached');
  const state = await stateOf(sql, job.job_id);
  assert.equal(state.status, 'permanently_failed');
  assert.equal(state.stop_reason, 'crash_limit_reached');
  assert.deepEqual(state.history.map((line) => line.delay), [30, null]);
});

databaseTest(
  'release_jobs: a release keeps the last error and the reason of the retry',
  async (sql) => {
    const { job_id } = await failedJob(sql);
    await retry(sql, job_id, { reason: 'escalated' });
    await release(sql, [await claimAgain(sql, job_id)]);
    const row = await jobRow(sql, job_id);
    assert.equal(row.last_execution_error, 'first failure');
    assert.equal(row.next_retry_reason, 'escalated');
  },
);

databaseTest('release_jobs: a job whose cancel was asked for is cancelled', async (sql) => {
  const job = await claimedJob(sql);
  await cancel(sql, job.job_id);
  const [answer] = await release(sql, [job]);
  assert.equal(answer!.status, 'cancelled');
  assert.equal((await stateOf(sql, job.job_id)).stop_reason, 'cancelled');
});

databaseTest('release_jobs: the same release again changes nothing', async (sql) => {
  const job = await claimedJob(sql);
  await release(sql, [job]);
  const before = await jobRow(sql, job.job_id);
  const [answer] = await release(sql, [job]);
  assert.deepEqual([answer!.accepted, answer!.replayed], [true, true]);
  assert.deepEqual(await jobRow(sql, job.job_id), before);
});

databaseTest('release_jobs: what is not held is refused, and holds up no others', async (sql) => {
  const rescued = await claimedJob(sql);
  await expireLease(sql, rescued.job_id);
  await rescue(sql);
  const held = await claimedJob(sql);
  const before = await jobRow(sql, rescued.job_id);
  const stranger = { job_id: held.job_id, lease_token: crypto.randomUUID() };
  const answers = await release(sql, [null, 'text', {}, stranger, rescued, held]);
  const accepted = answers.map((answer) => answer.accepted);
  assert.deepEqual(accepted, [false, false, false, false, false, true]);
  for (const answer of answers.slice(0, -1)) assert.ok(answer.reason);
  assert.deepEqual(await jobRow(sql, rescued.job_id), before);
});

databaseTest('release_jobs: a reason is not needed', async (sql) => {
  const [answer] = await release(sql, [await claimedJob(sql)], null);
  assert.equal(answer!.accepted, true);
});

databaseTest('release_jobs: wrong calls raise with a hint and change nothing', async (sql) => {
  const job = await claimedJob(sql);
  const before = await jobRow(sql, job.job_id);
  const many = Array.from({ length: 1001 }, () => job);
  const wrong: [string | null, unknown][] = [
    ['', [job]],
    [null, [job]],
    ['executor', job],
    ['executor', null],
    ['executor', many],
  ];
  for (const [executor, jobs] of wrong) {
    const error = await refusal(sql, async (sql) => {
      await sql`select release_jobs(${executor}, ${JSON.stringify(jobs)}::text::jsonb, 'shutdown')`;
    });
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
  assert.deepEqual(await jobRow(sql, job.job_id), before);
});
