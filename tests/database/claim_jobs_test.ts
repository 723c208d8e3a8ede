import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import {
  claim,
  type Claimed,
  claimedJob,
  insertJob,
  insertPolicy,
  jobRow,
  passWait,
} from './jobs.ts';
import { claimAgain, failedJob, release, settleOne } from './lifecycle.ts';

async function claimWith(sql: Sql, named: Record<string, unknown>): Promise<Claimed[]> {
  const options = { p_executor_id: 'executor', p_job_types: ['test_job'], ...named };
  const [row] = await sql<{ jobs: Claimed[] }[]>`
    select claim_jobs(
      o.p_executor_id, coalesce(o.p_limit, 20), o.p_job_types, coalesce(o.p_include_new, true),
      coalesce(o.p_include_retries, true), o.p_lease_seconds, o.p_lease_token) as jobs
    from jsonb_to_record(${JSON.stringify(options)}::text::jsonb) o (
      p_executor_id text, p_limit int, p_job_types text[], p_include_new bool,
      p_include_retries bool, p_lease_seconds int, p_lease_token uuid)
  `;
  return row!.jobs;
}

/** Seconds from the claim to the end of the lease. */
async function leaseSeconds(sql: Sql, id: string): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select round(extract(epoch from execution_timeout_at - executing_at))::int as seconds
    from puppet_jobs where id = ${id} and executing_at between now() and clock_timestamp()
  `;
  return row!.seconds;
}

function ids(jobs: { job_id: string }[]): string[] {
  return jobs.map((job) => job.job_id);
}

databaseTest('claim_jobs: a claimed job has exactly the fields of the contract', async (sql) => {
  const job = await claimedJob(sql, { job_config: sql.json({ to: 'a@example.com' }) });
  assert.deepEqual(Object.keys(job).sort(), [
    'attempt_number',
    'deadline_at',
    'endpoint_url',
    'is_retry',
    'job_config',
    'job_id',
    'job_type',
    'lease_expires_at',
    'lease_token',
    'max_retries',
    'priority',
    'retry_count',
    'timeout_seconds',
    'user_id',
  ]);
  const { lease_token, lease_expires_at, ...fixed } = { ...job } as Record<string, unknown>;
  const row = await jobRow(sql, job.job_id);
  assert.equal(lease_token, row.lease_token);
  assert.equal(Date.parse(String(lease_expires_at)), row.execution_timeout_at!.getTime());
  assert.deepEqual(fixed, {
    job_id: job.job_id,
    user_id: row.user_id,
    job_type: 'test_job',
    job_config: { to: 'a@example.com' },
    priority: 5,
    attempt_number: 1,
    is_retry: false,
    retry_count: 0,
    max_retries: 5,
    timeout_seconds: 30,
    deadline_at: null,
    endpoint_url: null,
  });
});

databaseTest(
  'claim_jobs: an attempt after a failure is a retry and has the next number',
  async (sql) => {
    const { job_id } = await failedJob(sql, { max_retries: 7 });
    const job = await claimAgain(sql, job_id);
    assert.equal(job.is_retry, true);
    assert.equal(job.attempt_number, 2);
    assert.equal(job.max_retries, 7);
  },
);

databaseTest('claim_jobs: jobs that are not due are not claimed', async (sql) => {
  await insertJob(sql, { scheduled_at: new Date(Date.now() + 60_000) });
  await failedJob(sql);
  assert.deepEqual(await claim(sql), []);
});

databaseTest('claim_jobs: null types mean every handled type, explicit types any', async (sql) => {
  const handled = await insertJob(sql, { job_type: 'claim_handled' });
  const delivered = await insertJob(sql, { job_type: 'claim_delivered' });
  const unhandled = await insertJob(sql, { job_type: 'claim_unhandled' });
  await sql`select register_handled_types('{claim_handled}')`;
  await insertPolicy(sql, { job_type: 'claim_delivered', endpoint_url: 'https://example.com/' });
  const claimed = ids(await claimWith(sql, { p_job_types: null, p_limit: 1000 }));
  assert.ok(claimed.includes(handled));
  assert.ok(claimed.includes(delivered));
  assert.ok(!claimed.includes(unhandled));
  assert.deepEqual(ids(await claim(sql, { types: ['claim_unhandled'] })), [unhandled]);
});

databaseTest(
  'claim_jobs: an endpoint comes from the own policy of the type, never from default',
  async (sql) => {
    await sql`
    update puppet_job_retry_config set endpoint_url = 'https://default.example.com/'
    where job_type = 'default'
  `;
    assert.equal((await claimedJob(sql)).endpoint_url, null);
    await insertPolicy(sql, { job_type: 'own', endpoint_url: 'https://own.example.com/' });
    const job = await claimedJob(sql, { job_type: 'own' });
    assert.equal(job.endpoint_url, 'https://own.example.com/');
  },
);

databaseTest(
  'claim_jobs: no types, or a limit that is reached, claim nothing more',
  async (sql) => {
    for (let n = 0; n < 5; n++) await insertJob(sql);
    assert.deepEqual(await claim(sql, { types: [] }), []);
    assert.equal((await claim(sql, { limit: 3 })).length, 3);
    assert.equal((await claim(sql, { limit: 3 })).length, 2);
  },
);

databaseTest('claim_jobs: a type that is named twice gives its jobs once', async (sql) => {
  await insertJob(sql);
  assert.equal((await claim(sql, { types: ['test_job', 'test_job'] })).length, 1);
});

databaseTest('claim_jobs: new jobs and retries can be asked for apart', async (sql) => {
  const { job_id: retry } = await failedJob(sql);
  const snoozed = await claimedJob(sql);
  await settleOne(sql, snoozed, 'snoozed', { snooze_seconds: 0 });
  await passWait(sql, retry);
  const fresh = await insertJob(sql);
  const queued = await insertJob(sql, { status: 'queued' });
  assert.deepEqual(await claimWith(sql, { p_include_new: false, p_include_retries: false }), []);
  assert.deepEqual(ids(await claimWith(sql, { p_include_new: false })), [retry]);
  assert.deepEqual(
    ids(await claimWith(sql, { p_include_retries: false })).sort(),
    [snoozed.job_id, fresh, queued].sort(),
  );
});

databaseTest('claim_jobs: a job without retries that never failed is claimed', async (sql) => {
  const job = await claimedJob(sql, { retry_enabled: false });
  await release(sql, [job]);
  assert.equal((await claim(sql)).length, 1);
});

databaseTest('claim_jobs: a claim repeated with its token gives the same jobs', async (sql) => {
  const token = crypto.randomUUID();
  for (let n = 0; n < 4; n++) await insertJob(sql, { priority: n + 1 });
  const first = await claim(sql, { token, limit: 2 });
  assert.equal(first.length, 2);
  assert.deepEqual(await claim(sql, { token, limit: 2 }), first);
  await settleOne(sql, first[0]!, 'completed');
  assert.deepEqual(await claim(sql, { token, limit: 2 }), [first[1]]);
});

databaseTest(
  'claim_jobs: the token of one executor gives another none of its jobs',
  async (sql) => {
    const token = crypto.randomUUID();
    const held = await insertJob(sql);
    await claim(sql, { token });
    const other = await insertJob(sql);
    const claimed = await claim(sql, { token, executor: 'another' });
    assert.deepEqual(ids(claimed), [other]);
    assert.equal((await jobRow(sql, held)).executing_by, 'executor');
  },
);

databaseTest('claim_jobs: a job never gets the token of an earlier attempt again', async (sql) => {
  const token = crypto.randomUUID();
  const id = await insertJob(sql);
  const seen = new Set<string>();
  for (const given of [token, token, null, token]) {
    const [job] = await claim(sql, { token: given });
    assert.ok(!seen.has(job!.lease_token), `attempt ${job!.attempt_number} got an old token`);
    seen.add(job!.lease_token);
    await settleOne(sql, job!, 'snoozed', { snooze_seconds: 0 });
  }
  assert.equal((await jobRow(sql, id)).execution_attempts, 4);
});

databaseTest('claim_jobs: a lease lasts the timeout of its type and 15 s', async (sql) => {
  await insertPolicy(sql, { timeout_seconds: 100 });
  await insertPolicy(sql, { job_type: 'quick', timeout_seconds: 5 });
  const slow = await insertJob(sql);
  const quick = await insertJob(sql, { job_type: 'quick' });
  const plain = await insertJob(sql, { job_type: 'without_policy' });
  await claim(sql, { types: ['test_job', 'quick', 'without_policy'] });
  assert.equal(await leaseSeconds(sql, slow), 115);
  assert.equal(await leaseSeconds(sql, quick), 20);
  assert.equal(await leaseSeconds(sql, plain), 45);
});

databaseTest('claim_jobs: p_lease_seconds goes before, and a deadline cuts both', async (sql) => {
  const open = await insertJob(sql);
  const [{ deadline }] = await sql<[{ deadline: Date }]>`
    select date_trunc('second', now()) + interval '20 seconds' as deadline
  `;
  const bounded = await insertJob(sql, { deadline_at: deadline });
  await claimWith(sql, { p_lease_seconds: 600 });
  assert.equal(await leaseSeconds(sql, open), 600);
  assert.deepEqual((await jobRow(sql, bounded)).execution_timeout_at, deadline);
});

databaseTest('claim_jobs: wrong calls raise with a hint and claim nothing', async (sql) => {
  const id = await insertJob(sql);
  const before = await jobRow(sql, id);
  const wrong: Record<string, unknown>[] = [
    { p_limit: 1001 },
    { p_limit: -1 },
    { p_executor_id: null },
    { p_executor_id: ' ' },
    { p_lease_seconds: 0 },
  ];
  for (const options of wrong) {
    const error = await refusal(sql, async (sql) => await claimWith(sql, options));
    assert.equal(error.code, 'PT400', JSON.stringify(options));
    assert.ok(error.hint);
  }
  assert.deepEqual(await jobRow(sql, id), before);
});

databaseTest('claim_jobs: a job that was set to pending by hand again is claimed', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'completed');
  const { job_id } = job;
  // What came with its end stays: nobody who resets a job thinks of all columns.
  await sql`update puppet_jobs set status = 'pending', final_status = null where id = ${job_id}`;
  assert.ok((await jobRow(sql, job_id)).completed_at);
  assert.deepEqual((await claim(sql)).map((job) => job.job_id), [job_id]);
});

databaseTest(
  'claim_jobs: of a batch, those at their end are ended and the others claimed',
  async (sql) => {
    const past = new Date(Date.now() - 60_000);
    const first = await insertJob(sql);
    const late = await insertJob(sql, { deadline_at: past });
    const last = await insertJob(sql);
    assert.deepEqual(ids(await claim(sql, { limit: 3 })).sort(), [first, last].sort());
    const { status, stop_reason, execution_attempts } = await jobRow(sql, late);
    assert.deepEqual([status, stop_reason, execution_attempts], [
      'permanently_failed',
      'deadline_passed',
      0,
    ]);
  },
);
