import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { explain } from './explain.ts';
import { insertAttempt } from './history.ts';
import { claim, claimedJob, expireLease, insertJob, insertPolicy } from './jobs.ts';
import {
  cancel,
  claimAgain,
  failedJob,
  release,
  rescue,
  retry,
  setColumns,
  settleOne,
} from './lifecycle.ts';

const NEVER_CLAIMED = 'history is empty because the job was never claimed';
const NEVER_FAILED =
  'history is empty because the job never failed: only failures, and retries that succeeded, leave a row';
const LEFT_NO_ROW =
  'history is empty because its attempts so far were snoozed or handed back, which leaves no row';
const PRUNED = 'history is empty because its rows were pruned';

async function historyText(sql: Sql, id: string): Promise<string> {
  return (await explain(sql, id)).history;
}

async function prune(sql: Sql, id: string): Promise<void> {
  await sql`delete from puppet_job_retry_history where job_id = ${id}`;
}

databaseTest('explain_job: history counts engine rows, and attempts', async (sql) => {
  const { job_id } = await failedJob(sql);
  await claimAgain(sql, job_id);
  await insertAttempt(sql, job_id, { attempt_number: 2, logged_by: 'caller' });
  const text = 'history has 1 of 2 attempts: failures and retries that succeeded leave a row';
  assert.equal(await historyText(sql, job_id), text);
});

databaseTest('explain_job: no history: never claimed', async (sql) => {
  const id = await insertJob(sql);
  assert.equal(await historyText(sql, id), NEVER_CLAIMED);
  await insertAttempt(sql, id, { logged_by: 'caller' });
  assert.equal(await historyText(sql, id), NEVER_CLAIMED);
});

databaseTest(
  'explain_job: no history: ended by its deadline before it was ever claimed',
  async (sql) => {
    const id = await insertJob(sql, { deadline_at: new Date(Date.now() - 1000) });
    await claim(sql);
    assert.equal((await explain(sql, id)).status, 'permanently_failed');
    assert.equal(await historyText(sql, id), NEVER_CLAIMED);
  },
);

databaseTest('explain_job: no history: the first attempt is running', async (sql) => {
  const { job_id } = await claimedJob(sql);
  assert.match(await historyText(sql, job_id), /^history is empty because .* still running$/);
});

databaseTest('explain_job: no history: it succeeded at once', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'completed');
  assert.equal(await historyText(sql, job.job_id), NEVER_FAILED);
});

databaseTest('explain_job: no history: snoozed and handed back', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
  await release(sql, [await claimAgain(sql, job.job_id)]);
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
});

databaseTest('explain_job: no history: snoozed, then ended by its deadline', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 0 });
  await setColumns(sql, job.job_id, { deadline_at: new Date(Date.now() - 1000) });
  await claim(sql);
  assert.equal((await explain(sql, job.job_id)).status, 'permanently_failed');
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
});

databaseTest('explain_job: no history: a retry by hand is no attempt', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
  await cancel(sql, job.job_id);
  await retry(sql, job.job_id);
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
  await release(sql, [await claimAgain(sql, job.job_id)]);
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
  await setColumns(sql, job.job_id, { deadline_at: new Date(Date.now() - 1000) });
  await claim(sql);
  assert.equal((await explain(sql, job.job_id)).status, 'permanently_failed');
  assert.equal(await historyText(sql, job.job_id), LEFT_NO_ROW);
});

/** Jobs that have had history, by where they are now. */
const WITH_HISTORY: Record<string, (sql: Sql) => Promise<string>> = {
  'waiting for a retry': async (sql) => (await failedJob(sql)).job_id,
  'running a retry': async (sql) => {
    const { job_id } = await failedJob(sql);
    await claimAgain(sql, job_id);
    return job_id;
  },
  'failed at its first attempt': async (sql) => {
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'failed', { error_type: 'validation_error' });
    return job.job_id;
  },
  'retried by hand': async (sql) => {
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'failed', { error_type: 'validation_error' });
    await retry(sql, job.job_id);
    return job.job_id;
  },
  'completed after a manual retry': async (sql) => {
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'failed', { error_type: 'validation_error' });
    await retry(sql, job.job_id);
    await settleOne(sql, await claimAgain(sql, job.job_id), 'completed');
    return job.job_id;
  },
  'snoozed, cancelled, retried by hand and completed': async (sql) => {
    const job = await claimedJob(sql);
    await settleOne(sql, job, 'snoozed', { snooze_seconds: 60 });
    await cancel(sql, job.job_id);
    await retry(sql, job.job_id);
    await settleOne(sql, await claimAgain(sql, job.job_id), 'completed');
    return job.job_id;
  },
  'failed, cancelled and retried by hand': async (sql) => {
    const { job_id } = await failedJob(sql);
    await cancel(sql, job_id);
    await retry(sql, job_id);
    return job_id;
  },
  'crashed and retried by hand': async (sql) => {
    await insertPolicy(sql, { max_crashes: 1 });
    const { job_id } = await claimedJob(sql);
    await expireLease(sql, job_id);
    await rescue(sql);
    await retry(sql, job_id);
    return job_id;
  },
  'completed after a crash': async (sql) => {
    const { job_id } = await claimedJob(sql);
    await expireLease(sql, job_id);
    await rescue(sql);
    await settleOne(sql, await claimAgain(sql, job_id), 'completed');
    return job_id;
  },
  'given up after a crash': async (sql) => {
    await insertPolicy(sql, { max_crashes: 1 });
    const { job_id } = await claimedJob(sql);
    await expireLease(sql, job_id);
    await rescue(sql);
    return job_id;
  },
};

for (const [name, prepare] of Object.entries(WITH_HISTORY)) {
  databaseTest(`explain_job: no history: pruned, of a job ${name}`, async (sql) => {
    const id = await prepare(sql);
    assert.match(await historyText(sql, id), /^history has \d of \d attempts/);
    await prune(sql, id);
    assert.equal(await historyText(sql, id), PRUNED);
  });
}
