import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { explain, NOTHING_HOLDS_IT, setTime, verdictOf } from './explain.ts';
import { claimedJob, insertJob, insertPolicy, OTHER_OWNER, OWNER } from './jobs.ts';
import { cancel, failedJob, setColumns, settleOne } from './lifecycle.ts';

const HOUR = 3_600;
const ADMIN = '00000000-0000-4000-8000-0000000000ad';
const inAnHour = () => new Date(Date.now() + HOUR * 1000);

async function handle(sql: Sql, type = 'test_job'): Promise<void> {
  await sql`select register_handled_types(array[${type}])`;
}

databaseTest(
  'explain_job: a due job shows each rule in order, and nothing holds it',
  async (sql) => {
    await handle(sql);
    const id = await insertJob(sql);
    const { rules, due_at, ...rest } = await explain(sql, id);
    assert.deepEqual(rest, {
      job_id: id,
      job_type: 'test_job',
      status: 'pending',
      final_status: null,
      summary: NOTHING_HOLDS_IT,
      delay: null,
      history: 'history is empty because the job was never claimed',
    });
    assert.deepEqual(
      rules.map(({ rule, verdict }) => [rule, verdict]).sort(),
      ['budget', 'deadline', 'due', 'handled_type', 'policy', 'retry_enabled', 'tick']
        .map((rule) => [rule, 'lets_go']),
    );
    assert.ok(Math.abs(Date.parse(due_at!) - Date.now()) < 60_000);
  },
);

databaseTest(
  'explain_job: due_at is when it waits for, and null for what does not wait',
  async (sql) => {
    const waiting = await insertJob(sql, { scheduled_at: '2099-01-01T00:00:00Z' });
    assert.equal(Date.parse((await explain(sql, waiting)).due_at!), Date.parse('2099-01-01'));
    const { job_id } = await claimedJob(sql);
    assert.equal((await explain(sql, job_id)).due_at, null);
  },
);

databaseTest('explain_job: a type that nobody handles holds the job', async (sql) => {
  const id = await insertJob(sql, { job_type: 'unheard_of' });
  const [verdict, text] = await verdictOf(sql, id, 'handled_type');
  assert.equal(verdict, 'holds');
  assert.match(text, /^not claimable: nobody handles type unheard_of\b/);
  assert.equal((await explain(sql, id)).summary, text);
});

databaseTest('explain_job: a handler, an endpoint or both let the type go', async (sql) => {
  const id = await insertJob(sql);
  await handle(sql);
  const handled = ['lets_go', 'type test_job is run by its handler'];
  assert.deepEqual(await verdictOf(sql, id, 'handled_type'), handled);
  await insertPolicy(sql, { endpoint_url: 'https://example.com/' });
  const both = ['lets_go', 'type test_job is run by its endpoint and its handler'];
  assert.deepEqual(await verdictOf(sql, id, 'handled_type'), both);
});

databaseTest('explain_job: a job scheduled for later waits', async (sql) => {
  await handle(sql);
  const id = await insertJob(sql);
  await setTime(sql, id, 'scheduled_at', 43 * 60);
  const text = 'waits: scheduled_at is in 43 min';
  assert.deepEqual(await verdictOf(sql, id, 'due'), ['holds', text]);
  assert.equal((await explain(sql, id)).summary, text);
});

databaseTest('explain_job: how long a wait is reads well at every length', async (sql) => {
  const id = await insertJob(sql);
  const waits = { '90 s': 90, '119 min': 119 * 60, '2.5 h': 2.5 * HOUR, '3 d': 72 * HOUR };
  for (const [words, seconds] of Object.entries(waits)) {
    await setTime(sql, id, 'scheduled_at', seconds);
    assert.equal((await verdictOf(sql, id, 'due'))[1], `waits: scheduled_at is in ${words}`);
    await setTime(sql, id, 'scheduled_at', -seconds);
    assert.equal((await verdictOf(sql, id, 'due'))[1], `due: scheduled_at was ${words} ago`);
  }
});

databaseTest('explain_job: a deadline lets go before it and ends behind it', async (sql) => {
  const id = await insertJob(sql);
  assert.deepEqual(await verdictOf(sql, id, 'deadline'), ['lets_go', 'the job has no deadline_at']);
  await setTime(sql, id, 'deadline_at', 3 * HOUR);
  assert.deepEqual(await verdictOf(sql, id, 'deadline'), ['lets_go', 'deadline_at is in 3 h']);
  await setTime(sql, id, 'deadline_at', -3 * HOUR);
  const [verdict, text] = await verdictOf(sql, id, 'deadline');
  assert.equal(verdict, 'ends');
  assert.match(text, /^will not run: deadline_at was 3 h ago\b/);
});

databaseTest(
  'explain_job: a passed deadline is the summary, for the tick asks for nothing else',
  async (sql) => {
    const unhandled = await insertJob(sql, { job_type: 'unheard_of' });
    await handle(sql);
    const later = await insertJob(sql, { scheduled_at: inAnHour() });
    for (const id of [unhandled, later]) {
      await setTime(sql, id, 'deadline_at', -60);
      assert.match((await explain(sql, id)).summary, /^will not run: deadline_at was 60 s ago/);
    }
  },
);

databaseTest('explain_job: retry_enabled limits, then ends, unless a person asks', async (sql) => {
  await handle(sql);
  const fresh = await insertJob(sql, { retry_enabled: false });
  const limits = 'retry_enabled of the job is false: its first failure will be its last';
  assert.deepEqual(await verdictOf(sql, fresh, 'retry_enabled'), ['limits', limits]);
  assert.equal((await explain(sql, fresh)).summary, NOTHING_HOLDS_IT);

  const { job_id } = await failedJob(sql);
  const lets = ['lets_go', 'retry_enabled of the job is true'];
  assert.deepEqual(await verdictOf(sql, job_id, 'retry_enabled'), lets);
  await setColumns(sql, job_id, { retry_enabled: false });
  const [verdict, text] = await verdictOf(sql, job_id, 'retry_enabled');
  assert.equal(verdict, 'ends');
  assert.match(text, /^will not retry: retry_enabled of the job is false\b/);
  await sql`select retry_job(${job_id}, 'address corrected')`;
  const asked =
    'retry_enabled of the job is false, but this retry was asked for (address corrected)';
  assert.deepEqual(await verdictOf(sql, job_id, 'retry_enabled'), ['lets_go', asked]);
});

databaseTest(
  'explain_job: names the policy that applies, and says when it is disabled',
  async (sql) => {
    const id = await insertJob(sql);
    const fallback = ['lets_go', 'type test_job has no policy: policy default applies'];
    assert.deepEqual(await verdictOf(sql, id, 'policy'), fallback);
    await insertPolicy(sql);
    assert.deepEqual(await verdictOf(sql, id, 'policy'), ['lets_go', 'policy test_job applies']);
    await sql`update puppet_job_retry_config set enabled = false where job_type = 'test_job'`;
    const [verdict, text] = await verdictOf(sql, id, 'policy');
    assert.equal(verdict, 'limits');
    assert.match(
      text,
      /^policy test_job applies; it is disabled .*the next failure gets no retry$/,
    );
  },
);

databaseTest('explain_job: the budget is that of the job, or of the policy', async (sql) => {
  await insertPolicy(sql, { max_retries: 2 });
  const { job_id } = await failedJob(sql);
  const policy = '1 of 2 retries are used up (max_retries of policy test_job)';
  assert.deepEqual(await verdictOf(sql, job_id, 'budget'), ['lets_go', policy]);
  await setColumns(sql, job_id, { max_retries: 7 });
  const own = '1 of 7 retries are used up (max_retries of the job)';
  assert.deepEqual(await verdictOf(sql, job_id, 'budget'), ['lets_go', own]);
  await setColumns(sql, job_id, { max_retries: 1 });
  const used = '1 of 1 retries are used up (max_retries of the job): the next failure is the last';
  assert.deepEqual(await verdictOf(sql, job_id, 'budget'), ['limits', used]);
});

databaseTest('explain_job: says nothing holds a job just where a claim takes it', async (sql) => {
  await handle(sql);
  const due = {
    next_retry_at: new Date(Date.now() - 1000),
    final_status: 'failed',
    status: 'queued',
  };
  const jobs = [
    {},
    { status: 'queued' },
    due,
    { ...due, retry_enabled: false },
    { ...due, retry_enabled: false, next_retry_reason: 'manual_retry' },
    { ...due, next_retry_at: inAnHour() },
    { retry_enabled: false },
    { scheduled_at: inAnHour() },
    { deadline_at: inAnHour() },
    { deadline_at: new Date(Date.now() - 1000) },
    { job_type: 'unheard_of' },
    { max_retries: 0 },
  ];
  const said: string[] = [];
  for (const columns of jobs) {
    const id = await insertJob(sql, columns);
    if ((await explain(sql, id)).summary === NOTHING_HOLDS_IT) said.push(id);
  }
  const [row] = await sql<{ claimed: { job_id: string }[] }[]>`
    select claim_jobs('executor', 1000) as claimed
  `;
  assert.deepEqual(row!.claimed.map((job) => job.job_id).sort(), said.sort());
  assert.equal(said.length, 7);
});

databaseTest(
  'explain_job: owners see their own; to all others the job does not exist',
  async (sql) => {
    const id = await insertJob(sql);
    await actAs(sql, 'authenticated', { sub: OWNER });
    assert.equal((await explain(sql, id)).job_id, id);
    const others = [
      { sub: OTHER_OWNER },
      { sub: ADMIN, app_metadata: { puppet_admin: true } },
      {},
    ];
    for (const claims of others) {
      await actAs(sql, 'none');
      await actAs(sql, 'authenticated', claims);
      const error = await refusal(sql, async (sql) => await explain(sql, id));
      assert.equal(error.code, 'PT404', JSON.stringify(claims));
      assert.ok(error.hint);
    }
    await actAs(sql, 'none');
    await actAs(sql, 'anon');
    const error = await refusal(sql, async (sql) => await explain(sql, id));
    assert.equal(error.code, '42501');
    await actAs(sql, 'none');
    await actAs(sql, 'service_role');
    assert.equal((await explain(sql, id)).job_id, id);
  },
);

databaseTest(
  'explain_job: 404 for a job that does not exist, the same as for another user',
  async (sql) => {
    const error = await refusal(sql, async (sql) => await explain(sql, crypto.randomUUID()));
    assert.equal(error.code, 'PT404');
    assert.ok(error.hint);
  },
);

databaseTest('explain_job: changes nothing', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'failed', { error_type: 'network' });
  await cancel(sql, job.job_id);
  const read = () => sql`select * from puppet_jobs where id = ${job.job_id}`;
  const before = await read();
  await explain(sql, job.job_id);
  assert.deepEqual([...await read()], [...before]);
});
