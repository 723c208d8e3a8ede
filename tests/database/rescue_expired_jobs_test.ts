import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { stateOf } from './job_state.ts';
import {
  type Claimed,
  claimedJob,
  expireLease,
  historyOf,
  insertJob,
  insertPolicy,
  jobRow,
} from './jobs.ts';
import { cancel, claimAgain, failedJob, rescue, setColumns, settleOne } from './lifecycle.ts';

const LONG_AGO = new Date('2001-01-01T00:00:00Z');

async function crash(sql: Sql, job: Claimed): Promise<void> {
  await expireLease(sql, job.job_id);
  await rescue(sql);
}

databaseTest('rescue_expired_jobs: takes back what has expired, and only that', async (sql) => {
  await rescue(sql, 1000);
  const expired = await claimedJob(sql);
  const held = await claimedJob(sql);
  const waiting = await insertJob(sql);
  await expireLease(sql, expired.job_id);
  assert.equal(await rescue(sql), 1);
  assert.equal((await jobRow(sql, expired.job_id)).status, 'queued');
  assert.equal((await jobRow(sql, held.job_id)).status, 'running');
  assert.equal((await jobRow(sql, waiting)).status, 'pending');
  assert.equal(await rescue(sql), 0);
});

databaseTest('rescue_expired_jobs: the row says who held the job and since when', async (sql) => {
  const job = await claimedJob(sql);
  await crash(sql, job);
  const [line] = await historyOf(sql, job.job_id);
  assert.equal(line!.error_type, 'lease_expired');
  assert.equal(line!.executor_id, 'executor');
  assert.ok(line!.error_message);
  assert.equal(line!.logged_by, 'engine');
  const row = await jobRow(sql, job.job_id);
  assert.equal(row.last_error_type, 'lease_expired');
  assert.deepEqual(line!.next_retry_at, row.next_retry_at);
});

databaseTest(
  'rescue_expired_jobs: crashes wait 30 s, doubling, and end at max_crashes',
  async (sql) => {
    await insertPolicy(sql, { max_crashes: 5 });
    let job = await claimedJob(sql);
    await crash(sql, job);
    for (let n = 0; n < 4; n++) {
      job = await claimAgain(sql, job.job_id);
      await crash(sql, job);
    }
    const state = await stateOf(sql, job.job_id);
    assert.deepEqual(state.history.map((line) => line.delay), [30, 60, 120, 240, null]);
    assert.deepEqual([state.crash_count, state.retry_count], [5, 0]);
    assert.equal(state.stop_reason, 'crash_limit_reached');
  },
);

databaseTest('rescue_expired_jobs: the default is three crashes', async (sql) => {
  let job = await claimedJob(sql);
  await crash(sql, job);
  job = await claimAgain(sql, job.job_id);
  await crash(sql, job);
  assert.equal((await jobRow(sql, job.job_id)).status, 'queued');
  job = await claimAgain(sql, job.job_id);
  await crash(sql, job);
  assert.equal((await jobRow(sql, job.job_id)).status, 'permanently_failed');
});

databaseTest(
  'rescue_expired_jobs: a crash count that is absurd still gives a wait',
  async (sql) => {
    await insertPolicy(sql, { max_crashes: 100 });
    const job = await claimedJob(sql);
    await setColumns(sql, job.job_id, { crash_count: 98 });
    await crash(sql, job);
    assert.ok((await stateOf(sql, job.job_id)).due_in! > 0);
  },
);

const VETOES: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ['a disabled policy', { enabled: false }, {}],
  ['a list of error types', { retry_on_error_types: [], do_not_retry_on: ['lease_expired'] }, {}],
  ['max_retries 0', { max_retries: 0 }, {}],
  ["the job's max_retries 0", {}, { max_retries: 0 }],
  ['max_elapsed', { max_elapsed_seconds: 1 }, {}],
];

for (const [what, policy, job] of VETOES) {
  databaseTest(`rescue_expired_jobs: ${what} does not veto the retry of a crash`, async (sql) => {
    await insertPolicy(sql, policy);
    const claimed = await claimedJob(sql, job);
    await crash(sql, claimed);
    const state = await stateOf(sql, claimed.job_id);
    assert.deepEqual([state.status, state.due_in], ['queued', 30]);
    assert.equal((await claimAgain(sql, claimed.job_id)).is_retry, true);
  });
}

databaseTest('rescue_expired_jobs: failures and crashes count apart', async (sql) => {
  await insertPolicy(sql, { max_retries: 1 });
  const { job_id } = await failedJob(sql);
  await crash(sql, await claimAgain(sql, job_id));
  const state = await stateOf(sql, job_id);
  assert.deepEqual([state.retry_count, state.crash_count, state.due_in], [1, 1, 30]);
  const next = await claimAgain(sql, job_id);
  const answer = await settleOne(sql, next, 'failed', { error_type: 'network' });
  assert.equal(answer.decision, 'max_retries_reached');
});

databaseTest('rescue_expired_jobs: a job whose cancel was asked for is cancelled', async (sql) => {
  const job = await claimedJob(sql);
  await cancel(sql, job.job_id);
  await crash(sql, job);
  const state = await stateOf(sql, job.job_id);
  assert.deepEqual([state.status, state.stop_reason], ['cancelled', 'cancelled']);
  assert.deepEqual(state.history.map((line) => [line.decision, line.delay]), [['cancelled', null]]);
});

databaseTest(
  'rescue_expired_jobs: takes at most p_limit, the longest expired first',
  async (sql) => {
    await rescue(sql, 1000);
    const jobs = [];
    for (let n = 1; n <= 3; n++) {
      const job = await claimedJob(sql);
      await setColumns(sql, job.job_id, {
        execution_timeout_at: new Date(Date.now() - n * 60_000),
      });
      jobs.push(job);
    }
    assert.equal(await rescue(sql, 2), 2);
    const statuses = [];
    for (const job of jobs) statuses.push((await jobRow(sql, job.job_id)).status);
    assert.deepEqual(statuses, ['running', 'queued', 'queued']);
  },
);

databaseTest('rescue_expired_jobs: a wrong limit raises with a hint', async (sql) => {
  for (const limit of [1001, 0, -1]) {
    const error = await refusal(sql, async (sql) => await rescue(sql, limit));
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
});

/** Makes every move of the job raise, as a broken constraint or trigger of somebody's would. */
async function poison(sql: Sql, id: string): Promise<void> {
  await sql.unsafe(`
    create function public.raise_poisoned() returns trigger language plpgsql as $$
      begin raise exception 'poisoned'; end $$;
    create trigger poisoned before update on puppet_jobs
      for each row when (old.id = '${id}') execute function public.raise_poisoned();
  `);
}

databaseTest('rescue_expired_jobs: a job that cannot be settled holds up no other', async (sql) => {
  await insertPolicy(sql);
  const jobs = [await claimedJob(sql), await claimedJob(sql), await claimedJob(sql)];
  for (const job of jobs) await expireLease(sql, job.job_id);
  await poison(sql, jobs[1]!.job_id);
  assert.equal(await rescue(sql), 2);
  const statuses = await Promise.all(
    jobs.map(async (job) => (await jobRow(sql, job.job_id)).status),
  );
  assert.deepEqual(statuses, ['queued', 'running', 'queued']);
});

databaseTest(
  'rescue_expired_jobs: an attempt number set back by hand does not stop it',
  async (sql) => {
    await insertPolicy(sql);
    const job = await failedJob(sql);
    await setColumns(sql, job.job_id, { execution_attempts: 0, next_retry_at: LONG_AGO });
    await claimAgain(sql, job.job_id);
    await expireLease(sql, job.job_id);
    assert.equal(await rescue(sql), 1);
    assert.equal((await jobRow(sql, job.job_id)).status, 'queued');
  },
);

databaseTest(
  'rescue_expired_jobs: a lease that ended at the deadline ends the job',
  async (sql) => {
    await insertPolicy(sql);
    const job = await claimedJob(sql, { deadline_at: new Date(Date.now() + 3_600_000) });
    await setColumns(sql, job.job_id, { deadline_at: LONG_AGO });
    await expireLease(sql, job.job_id);
    await rescue(sql);
    const { status, stop_reason } = await jobRow(sql, job.job_id);
    assert.deepEqual([status, stop_reason], ['permanently_failed', 'deadline_passed']);
    assert.deepEqual(
      (await historyOf(sql, job.job_id)).map((row) => [row.error_type, row.decision]),
      [
        ['lease_expired', 'deadline_passed'],
      ],
    );
  },
);
