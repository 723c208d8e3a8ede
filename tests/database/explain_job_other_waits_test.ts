import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { delayOf, explain, setTime, verdictOf } from './explain.ts';
import { claimedJob, expireLease, insertJob, insertPolicy } from './jobs.ts';
import { claimAgain, failedJob, release, rescue, setColumns, settleOne } from './lifecycle.ts';

const HOUR = 3_600;

async function crash(sql: Sql, id: string): Promise<void> {
  await expireLease(sql, id);
  await rescue(sql);
}

databaseTest('explain_job: the wait after a crash is that of crashes', async (sql) => {
  await insertPolicy(sql, { max_crashes: 3 });
  const { job_id } = await claimedJob(sql);
  await crash(sql, job_id);
  assert.deepEqual(await delayOf(sql, job_id), {
    seconds: 30,
    crashes: 1,
    text: 'crash 1: 30 s × 2^0',
  });
  await claimAgain(sql, job_id);
  await crash(sql, job_id);
  assert.equal((await delayOf(sql, job_id)).text, 'crash 2: 30 s × 2^1');
  assert.match((await verdictOf(sql, job_id, 'due'))[1], /in 60 s \(crash 2: 30 s × 2\^1\)$/);
});

databaseTest('explain_job: the wait after a crash is cut at a day, and says so', async (sql) => {
  await insertPolicy(sql, { max_crashes: 100 });
  const { job_id } = await claimedJob(sql);
  await setColumns(sql, job_id, { crash_count: 14 });
  await crash(sql, job_id);
  const { seconds, text } = await delayOf(sql, job_id);
  assert.equal(seconds, 86400);
  assert.notEqual(text, 'crash 15: 30 s × 2^14');
  assert.match(text, /^crash 15: .*24 h/);
});

databaseTest('explain_job: a retry by hand says so, and why', async (sql) => {
  const { job_id } = await failedJob(sql);
  await sql`
    select retry_job(${job_id}, 'address corrected', p_run_at => now() + interval '3 hours')
  `;
  const byHand = { seconds: null, text: 'set by hand (address corrected)' };
  assert.deepEqual(await delayOf(sql, job_id), byHand);
  await setTime(sql, job_id, 'next_retry_at', 3 * HOUR);
  const text = 'waits: next_retry_at is in 3 h (set by hand (address corrected))';
  assert.deepEqual(await verdictOf(sql, job_id, 'due'), ['holds', text]);
});

databaseTest('explain_job: a job retried in bulk says so', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'failed', { error_type: 'validation_error' });
  const filter = sql.json({ job_ids: [job.job_id] });
  await sql`select retry_jobs(${filter}, 0, false)`;
  assert.equal((await delayOf(sql, job.job_id)).text, 'set by hand (bulk_retry)');
});

databaseTest('explain_job: a time set by an update says so', async (sql) => {
  const { job_id } = await failedJob(sql);
  await setTime(sql, job_id, 'next_retry_at', 60);
  assert.equal((await delayOf(sql, job_id)).text, 'set by hand (an update)');
});

databaseTest(
  'explain_job: a retry that was snoozed or handed back was not set by hand',
  async (sql) => {
    const { job_id } = await failedJob(sql);
    await settleOne(sql, await claimAgain(sql, job_id), 'snoozed', { snooze_seconds: 600 });
    assert.match((await delayOf(sql, job_id)).text, /snoozed/);
    await release(sql, [await claimAgain(sql, job_id)]);
    const { text } = await delayOf(sql, job_id);
    assert.doesNotMatch(text, /by hand/);
    assert.match(text, /handed back/);
  },
);

databaseTest(
  'explain_job: where the row was pruned, nobody is said to have set the time',
  async (sql) => {
    const { job_id } = await failedJob(sql);
    await sql`delete from puppet_job_retry_history where job_id = ${job_id}`;
    const { text } = await delayOf(sql, job_id);
    assert.doesNotMatch(text, /by hand/);
    assert.match(text, /pruned/);
  },
);

databaseTest('explain_job: a first attempt that was snoozed waits without a delay', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 600 });
  await setTime(sql, job.job_id, 'next_retry_at', 600);
  assert.equal((await explain(sql, job.job_id)).delay, null);
  const text = 'waits: next_retry_at is in 10 min';
  assert.deepEqual(await verdictOf(sql, job.job_id, 'due'), ['holds', text]);
});

databaseTest('explain_job: jobs that do not wait for a retry have no delay', async (sql) => {
  const ended = await claimedJob(sql);
  await settleOne(sql, ended, 'failed', { error_type: 'permission' });
  const running = await claimedJob(sql);
  for (const id of [await insertJob(sql), ended.job_id, running.job_id]) {
    assert.equal((await explain(sql, id)).delay, null);
  }
});
