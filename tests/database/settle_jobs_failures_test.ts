import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { stateOf } from './job_state.ts';
import { type Claimed, claimedJob, historyOf, insertPolicy, jobRow, settle } from './jobs.ts';
import { claimAgain, failedJob, outcome, setColumns, settleOne } from './lifecycle.ts';

const SOON = new Date(Date.now() + 60_000);
const LONG_AGO = new Date(Date.now() - 86_400_000);

/** Lets a claimed job fail with a retryable error and says what was decided. */
async function decisionOn(sql: Sql, job: Claimed, errorType = 'network'): Promise<string | null> {
  return (await settleOne(sql, job, 'failed', { error_type: errorType })).decision;
}

interface Case {
  decision: string;
  policy?: Record<string, unknown>;
  job?: Record<string, unknown>;
  later?: Record<string, unknown>;
  error?: string;
}

/** In the order of the contract: each also applies where the next one does. */
const REASONS: Case[] = [
  { decision: 'error_not_retryable', error: 'validation_error' },
  { decision: 'retries_disabled', job: { retry_enabled: false } },
  { decision: 'policy_disabled', policy: { enabled: false } },
  { decision: 'max_retries_reached', job: { max_retries: 0 } },
  {
    decision: 'max_elapsed_reached',
    policy: { max_elapsed_seconds: 3600 },
    later: { retry_window_started_at: LONG_AGO },
  },
  { decision: 'deadline_passed', later: { deadline_at: SOON } },
];

async function decide(sql: Sql, cases: Case[]): Promise<string> {
  await insertPolicy(sql, Object.assign({}, ...cases.map((reason) => reason.policy)));
  const job = await claimedJob(sql, Object.assign({}, ...cases.map((reason) => reason.job)));
  const later = Object.assign({}, ...cases.map((reason) => reason.later));
  if (Object.keys(later).length > 0) await setColumns(sql, job.job_id, later);
  const error = cases.find((reason) => reason.error)?.error ?? 'network';
  const decision = await decisionOn(sql, job, error);
  const state = await stateOf(sql, job.job_id);
  assert.equal(state.status, 'permanently_failed');
  assert.equal(state.stop_reason, decision);
  assert.equal(state.retry_count, 0);
  assert.equal(state.ended, true);
  assert.equal(state.held, false);
  const [line] = state.history;
  assert.deepEqual([line!.decision, line!.delay, line!.success], [decision, null, false]);
  return decision!;
}

for (const [at, reason] of REASONS.entries()) {
  databaseTest(`settle_jobs: a failure ends as ${reason.decision}`, async (sql) => {
    assert.equal(await decide(sql, [reason]), reason.decision);
  });

  databaseTest(`settle_jobs: ${reason.decision} goes before all that follow it`, async (sql) => {
    assert.equal(await decide(sql, REASONS.slice(at)), reason.decision);
  });
}

databaseTest('settle_jobs: a job of a type on no list is not retried', async (sql) => {
  await insertPolicy(sql, { retry_on_error_types: ['network'], do_not_retry_on: [] });
  assert.equal(await decisionOn(sql, await claimedJob(sql), 'timeout'), 'error_not_retryable');
});

databaseTest('settle_jobs: a type on both lists is not retried', async (sql) => {
  await insertPolicy(sql, { retry_on_error_types: ['network'], do_not_retry_on: ['network'] });
  assert.equal(await decisionOn(sql, await claimedJob(sql)), 'error_not_retryable');
});

databaseTest('settle_jobs: a failure without a type is an unknown_error', async (sql) => {
  await insertPolicy(sql);
  const job = await claimedJob(sql);
  assert.equal((await settleOne(sql, job, 'failed')).decision, 'retry_scheduled');
  assert.equal((await jobRow(sql, job.job_id)).last_error_type, 'unknown_error');
  assert.equal((await historyOf(sql, job.job_id))[0]!.error_type, 'unknown_error');
});

databaseTest(
  'settle_jobs: retries are granted until the budget is used up, doubling',
  async (sql) => {
    await insertPolicy(sql, { max_retries: 3 });
    let job = await claimedJob(sql);
    const decisions = [await decisionOn(sql, job)];
    for (let n = 0; n < 3; n++) {
      job = await claimAgain(sql, job.job_id);
      decisions.push(await decisionOn(sql, job));
    }
    const granted = ['retry_scheduled', 'retry_scheduled', 'retry_scheduled'];
    assert.deepEqual(decisions, [...granted, 'max_retries_reached']);
    const state = await stateOf(sql, job.job_id);
    assert.equal(state.retry_count, 3);
    assert.deepEqual(state.history.map((line) => line.delay), [7200, 14400, 28800, null]);
    assert.deepEqual(state.history.map((line) => line.is_retry), [false, true, true, true]);
  },
);

databaseTest("settle_jobs: a job's own max_retries goes before its policy's", async (sql) => {
  await insertPolicy(sql, { max_retries: 0 });
  const job = await claimedJob(sql, { max_retries: 1 });
  assert.equal(await decisionOn(sql, job), 'retry_scheduled');
  const again = await claimAgain(sql, job.job_id);
  assert.equal(await decisionOn(sql, again), 'max_retries_reached');
});

databaseTest('settle_jobs: a type without a policy follows default', async (sql) => {
  await sql`
    update puppet_job_retry_config
    set jitter_enabled = false, base_delay_seconds = 77
    where job_type = 'default'
  `;
  const { job_id } = await failedJob(sql);
  assert.equal((await stateOf(sql, job_id)).due_in, 77);
});

databaseTest('settle_jobs: a disabled policy does not fall back to default', async (sql) => {
  await insertPolicy(sql, { enabled: false });
  assert.equal(await decisionOn(sql, await claimedJob(sql)), 'policy_disabled');
});

databaseTest(
  'settle_jobs: a retry already granted still runs when its policy is disabled',
  async (sql) => {
    await insertPolicy(sql);
    const { job_id } = await failedJob(sql);
    await sql`update puppet_job_retry_config set enabled = false where job_type = 'test_job'`;
    assert.equal((await claimAgain(sql, job_id)).attempt_number, 2);
  },
);

databaseTest('settle_jobs: the next failure follows a changed policy', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  await sql`
    update puppet_job_retry_config
    set max_retries = 3, base_delay_seconds = 3600, backoff_multiplier = 1.5,
      max_delay_seconds = 43200
    where job_type = 'test_job'
  `;
  await decisionOn(sql, await claimAgain(sql, job_id));
  assert.equal((await stateOf(sql, job_id)).due_in, 5400);
});

databaseTest(
  'settle_jobs: Retry-After lengthens a wait, up to its own maximum, never shortens it',
  async (sql) => {
    await insertPolicy(sql, { max_retry_after_seconds: 100_000 });
    const waits = [];
    for (const asked of [60, 50_000, 90_000, 1_000_000]) {
      const job = await claimedJob(sql);
      await settleOne(sql, job, 'failed', { error_type: 'rate_limit', retry_after_seconds: asked });
      waits.push((await stateOf(sql, job.job_id)).due_in);
    }
    assert.deepEqual(waits, [7200, 50_000, 90_000, 100_000]);
  },
);

databaseTest(
  'settle_jobs: a Retry-After past max_elapsed or the deadline ends the job',
  async (sql) => {
    await insertPolicy(sql, { max_elapsed_seconds: 10_000 });
    const wait = { error_type: 'rate_limit', retry_after_seconds: 20_000 };
    const elapsed = await settleOne(sql, await claimedJob(sql), 'failed', wait);
    assert.equal(elapsed.decision, 'max_elapsed_reached');
    await insertPolicy(sql, { job_type: 'bounded' });
    const deadline_at = new Date(Date.now() + 10_000_000);
    const job = await claimedJob(sql, { job_type: 'bounded', deadline_at });
    assert.equal((await settleOne(sql, job, 'failed', wait)).decision, 'deadline_passed');
  },
);

databaseTest('settle_jobs: max_elapsed counts from when the job was due at first', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 10_000 });
  const late = await claimedJob(sql, { scheduled_at: new Date(Date.now() - 3_000_000) });
  assert.equal(await decisionOn(sql, late), 'max_elapsed_reached');
  const fresh = await claimedJob(sql, { scheduled_at: new Date(Date.now() - 2_000_000) });
  assert.equal(await decisionOn(sql, fresh), 'retry_scheduled');
});

databaseTest('settle_jobs: jobs that fail together wait differently', async (sql) => {
  await insertPolicy(sql, {
    base_delay_seconds: 1000,
    jitter_enabled: true,
    jitter_strategy: 'full',
  });
  const jobs = [];
  for (let n = 0; n < 50; n++) jobs.push(await claimedJob(sql));
  await settle(sql, jobs.map((job) => outcome(job, 'failed', { error_type: 'network' })));
  const rows = await sql<{ delay: number }[]>`
    select delay_seconds as delay from puppet_job_retry_history order by delay`;
  const waits = rows.map(({ delay }) => delay);
  assert.equal(waits.length, 50);
  // As evenly as 50 can be: no two are close, and no gap is wide.
  const gaps = waits.slice(1).map((wait, n) => wait - waits[n]!);
  assert.ok(Math.min(...gaps) >= 5, `gaps of ${Math.min(...gaps)} s`);
  assert.ok(waits[0]! <= 50 && waits.at(-1)! >= 950 && Math.max(...gaps) <= 50, `${waits}`);
});

databaseTest(
  'settle_jobs: a number set back by hand and a clock set back keep no job from its end',
  async (sql) => {
    const [numbered, early] = [await claimedJob(sql), await claimedJob(sql)];
    await setColumns(sql, numbered.job_id, { execution_attempts: 0 });
    await setColumns(sql, early.job_id, { executing_at: new Date(Date.now() + 60_000) });
    const failed = [numbered, early].map((job) => outcome(job, 'failed'));
    const answers = await settle(sql, failed);
    assert.deepEqual(answers.map(({ status }) => status), ['queued', 'queued']);
    const [line] = await historyOf(sql, numbered.job_id);
    assert.equal(line!.attempt_number, 1);
    assert.equal((await historyOf(sql, early.job_id))[0]!.duration_ms, 0);
  },
);
