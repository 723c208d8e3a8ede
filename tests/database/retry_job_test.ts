import assert from 'node:assert/strict';
import type { TransactionSql } from 'postgres';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
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
import {
  cancel,
  claimAgain,
  failedJob,
  rescue,
  retry,
  setColumns,
  settleOne,
} from './lifecycle.ts';

const HOUR = 3_600_000;

/** A job that failed for good at its first attempt. */
async function endedJob(sql: Sql, columns: Record<string, unknown> = {}): Promise<string> {
  const job = await claimedJob(sql, columns);
  await settleOne(sql, job, 'failed', { error_type: 'validation_error', error_message: 'bad' });
  return job.job_id;
}

async function assertRefused(
  sql: TransactionSql,
  id: string,
  code: string,
  runAt?: Date,
): Promise<void> {
  const before = await jobRow(sql, id);
  const options = runAt ? { runAt } : {};
  const error = await refusal(sql, async (sql) => await retry(sql, id, options));
  assert.equal(error.code, code);
  assert.ok(error.hint);
  assert.deepEqual(await jobRow(sql, id), before);
}

databaseTest('retry_job: answers the new state', async (sql) => {
  const id = await endedJob(sql);
  const state = await retry(sql, id);
  assert.equal(state.status, 'queued');
  assert.equal(state.final_status, 'failed');
  assert.equal(state.stop_reason, null);
  assert.equal(state.retry_count, 0);
});

databaseTest(
  'retry_job: the retried job is claimed as a retry, its row tells the reason',
  async (sql) => {
    await insertPolicy(sql);
    const id = await endedJob(sql);
    await retry(sql, id, { reason: 'address corrected' });
    const job = await claimAgain(sql, id);
    assert.deepEqual([job.is_retry, job.attempt_number], [true, 2]);
    await settleOne(sql, job, 'completed');
    const [, line] = await historyOf(sql, id);
    assert.deepEqual([line!.decision, line!.retry_reason], ['succeeded', 'address corrected']);
  },
);

databaseTest(
  'retry_job: the reason is that of one retry; the next is automatic again',
  async (sql) => {
    await insertPolicy(sql);
    const id = await endedJob(sql);
    await retry(sql, id, { reason: 'manual' });
    await settleOne(sql, await claimAgain(sql, id), 'failed', { error_type: 'network' });
    assert.equal((await jobRow(sql, id)).next_retry_reason, null);
    await settleOne(sql, await claimAgain(sql, id), 'failed', { error_type: 'network' });
    const reasons = (await historyOf(sql, id)).map((line) => line.retry_reason);
    assert.deepEqual(reasons, ['automatic', 'manual', 'automatic']);
  },
);

databaseTest('retry_job: the budget is fresh, of retries as of crashes', async (sql) => {
  await insertPolicy(sql, { max_retries: 1, max_crashes: 1 });
  const { job_id } = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
  assert.equal((await jobRow(sql, job_id)).stop_reason, 'max_retries_reached');
  await retry(sql, job_id);
  const again = await claimAgain(sql, job_id);
  const answer = await settleOne(sql, again, 'failed', { error_type: 'network' });
  assert.equal(answer.decision, 'retry_scheduled');

  await claimAgain(sql, job_id);
  await expireLease(sql, job_id);
  await rescue(sql);
  assert.equal((await jobRow(sql, job_id)).stop_reason, 'crash_limit_reached');
  await sql`update puppet_job_retry_config set max_crashes = 2 where job_type = 'test_job'`;
  await retry(sql, job_id);
  await claimAgain(sql, job_id);
  await expireLease(sql, job_id);
  await rescue(sql);
  const state = await stateOf(sql, job_id);
  assert.deepEqual([state.status, state.due_in], ['queued', 30]);
});

databaseTest('retry_job: the retry window restarts', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 10_000 });
  const scheduled_at = new Date(Date.now() - 24 * HOUR);
  const job = await claimedJob(sql, { scheduled_at });
  const first = await settleOne(sql, job, 'failed', { error_type: 'network' });
  assert.equal(first.decision, 'max_elapsed_reached');
  await retry(sql, job.job_id);
  const again = await claimAgain(sql, job.job_id);
  const second = await settleOne(sql, again, 'failed', { error_type: 'network' });
  assert.equal(second.decision, 'retry_scheduled');
  assert.deepEqual((await jobRow(sql, job.job_id)).scheduled_at, scheduled_at);
});

databaseTest('retry_job: the retry window of one for later begins when it is due', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 10_000 });
  const id = await endedJob(sql);
  const runAt = new Date(Date.now() + 24 * HOUR);
  await retry(sql, id, { runAt });
  assert.deepEqual(await retryWindow(sql, id), runAt);
  // Sooner after all.
  await retry(sql, id);
  assert.ok((await retryWindow(sql, id)).getTime() < Date.now() + HOUR);
  const past = await endedJob(sql);
  await retry(sql, past, { runAt: new Date(Date.now() - HOUR) });
  assert.ok((await retryWindow(sql, past)).getTime() > Date.now() - HOUR / 2);
});

databaseTest('retry_job: a given time is when it is due', async (sql) => {
  const id = await endedJob(sql);
  const runAt = new Date(Date.now() + HOUR);
  await retry(sql, id, { runAt });
  assert.deepEqual((await jobRow(sql, id)).next_retry_at, runAt);
  assert.deepEqual(await claim(sql), []);
});

databaseTest('retry_job: job_config may be replaced, and else stays', async (sql) => {
  const id = await endedJob(sql, { job_config: sql.json({ to: 'wrong' }) });
  await retry(sql, id);
  assert.deepEqual((await jobRow(sql, id)).job_config, { to: 'wrong' });
  await retry(sql, id, { config: { to: 'right' } });
  assert.deepEqual((await jobRow(sql, id)).job_config, { to: 'right' });
});

databaseTest('retry_job: a config that is no object, or over 256 kB, is refused', async (sql) => {
  const id = await endedJob(sql);
  const before = await jobRow(sql, id);
  for (const config of [[1], 'text', 7, { text: 'x'.repeat(262_144) }]) {
    const error = await refusal(sql, async (sql) => await retry(sql, id, { config }));
    assert.equal(error.code, 'PT422');
    assert.ok(error.hint);
  }
  assert.deepEqual(await jobRow(sql, id), before);
});

databaseTest(
  'retry_job: a job that was cancelled while running runs again undisturbed',
  async (sql) => {
    const job = await claimedJob(sql);
    await cancel(sql, job.job_id);
    await settleOne(sql, job, 'cancelled');
    await retry(sql, job.job_id);
    const again = await claimAgain(sql, job.job_id);
    const answer = await settleOne(sql, again, 'failed', { error_type: 'network' });
    assert.equal(answer.decision, 'retry_scheduled');
  },
);

databaseTest('retry_job: a retry of a job without automatic retries runs once', async (sql) => {
  const id = await endedJob(sql, { retry_enabled: false });
  await retry(sql, id);
  const again = await claimAgain(sql, id);
  const answer = await settleOne(sql, again, 'failed', { error_type: 'network' });
  assert.equal(answer.decision, 'retries_disabled');
});

databaseTest('retry_job: a queued job keeps its count and its window', async (sql) => {
  const { job_id } = await failedJob(sql);
  const window = await retryWindow(sql, job_id);
  await retry(sql, job_id);
  assert.equal((await jobRow(sql, job_id)).retry_count, 1);
  assert.deepEqual(await retryWindow(sql, job_id), window);
  assert.equal((await claim(sql)).length, 1);
});

async function retryWindow(sql: Sql, id: string): Promise<Date> {
  const [row] = await sql`select retry_window_started_at from puppet_jobs where id = ${id}`;
  return row!.retry_window_started_at;
}

databaseTest('retry_job: 409 for a job that is pending, running or completed', async (sql) => {
  const running = await claimedJob(sql);
  const completed = await claimedJob(sql);
  await settleOne(sql, completed, 'completed');
  const pending = await insertJob(sql);
  for (const id of [running.job_id, completed.job_id, pending]) {
    await assertRefused(sql, id, 'PT409');
  }
});

databaseTest('retry_job: 422 when the deadline has passed, or would have by then', async (sql) => {
  const past = await endedJob(sql);
  await setColumns(sql, past, { deadline_at: new Date(Date.now() - HOUR) });
  await assertRefused(sql, past, 'PT422');
  const soon = await endedJob(sql, { deadline_at: new Date(Date.now() + HOUR) });
  await assertRefused(sql, soon, 'PT422', new Date(Date.now() + 2 * HOUR));
  await retry(sql, soon);
  assert.equal((await jobRow(sql, soon)).status, 'queued');
});

databaseTest('retry_job: an outcome settled before is still replayed behind it', async (sql) => {
  await insertPolicy(sql);
  const waiting = await failedJob(sql);
  await retry(sql, waiting.job_id, { config: { changed: true } });
  const ended = await claimedJob(sql);
  await settleOne(sql, ended, 'failed', { error_type: 'permission' });
  await retry(sql, ended.job_id);
  for (const job of [waiting, ended]) {
    const before = await jobRow(sql, job.job_id);
    const answer = await settleOne(sql, job, 'failed', { error_type: 'permission' });
    assert.deepEqual([answer.accepted, answer.replayed], [true, true]);
    assert.deepEqual(await jobRow(sql, job.job_id), before);
    assert.equal((await settleOne(sql, job, 'completed')).accepted, false);
  }
});

databaseTest('retry_job: the reason is kept without the secrets in it', async (sql) => {
  const id = await endedJob(sql);
  await retry(sql, id, { reason: 'with api_key=abcdef123456 it works' });
  assert.equal((await jobRow(sql, id)).next_retry_reason, 'with api_key=[redacted] it works');
});

databaseTest('retry_job: of a reason 200 characters are kept, of a type 100', async (sql) => {
  for (const letter of ['x', 'ä', '€', '😀']) {
    const id = await endedJob(sql);
    await sql`select retry_job(${id}, ${letter.repeat(201)}, ${letter.repeat(101)})`;
    const { next_retry_reason, last_error_type } = await jobRow(sql, id);
    assert.equal(next_retry_reason, letter.repeat(200));
    assert.equal(last_error_type, letter.repeat(100));
  }
});

databaseTest('retry_job: 404 for a job that does not exist', async (sql) => {
  const error = await refusal(sql, async (sql) => await retry(sql, crypto.randomUUID()));
  assert.equal(error.code, 'PT404');
  assert.ok(error.hint);
});

databaseTest("retry_job: owners retry their own jobs and get 404 for another's", async (sql) => {
  const own = await endedJob(sql);
  const foreign = await endedJob(sql, { user_id: OTHER_OWNER });
  await actAs(sql, 'authenticated', { sub: OWNER });
  assert.equal((await retry(sql, own)).status, 'queued');
  const error = await refusal(sql, async (sql) => await retry(sql, foreign));
  assert.equal(error.code, 'PT404');
  await actAs(sql, 'none');
  assert.equal((await jobRow(sql, foreign)).status, 'permanently_failed');
});

databaseTest(
  'retry_job: an owner puts no config of theirs into a type of the service',
  async (sql) => {
    await insertPolicy(sql, { owners_may_enqueue: false });
    const id = await insertJob(sql, { job_config: { amount: 1 } });
    await actAs(sql, 'authenticated', { sub: OWNER });
    await cancel(sql, id);
    const refused = await refusal(sql, (s) => retry(s, id, { config: { amount: 1_000_000 } }));
    assert.equal(refused.code, 'PT403');
    await retry(sql, id);
    await actAs(sql, 'none');
    assert.deepEqual((await jobRow(sql, id)).job_config, { amount: 1 });
  },
);
