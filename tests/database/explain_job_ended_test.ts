import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { explain, ruleOf, setTime, verdictOf } from './explain.ts';
import { claim, claimedJob, expireLease, insertJob, insertPolicy, jobRow } from './jobs.ts';
import { cancel, claimAgain, failedJob, rescue, setColumns, settleOne } from './lifecycle.ts';

const HOUR = 3_600;

/** A job that ended when its first attempt failed so. */
async function ended(
  sql: Sql,
  error_type: string,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const job = await claimedJob(sql, columns);
  await settleOne(sql, job, 'failed', { error_type, error_message: 'it broke' });
  return job.job_id;
}

/** The job ended for the reason: one rule of that name, which is the summary. */
async function endText(sql: Sql, id: string, reason: string): Promise<string> {
  assert.equal((await jobRow(sql, id)).stop_reason, reason);
  const explanation = await explain(sql, id);
  const { verdict, text } = ruleOf(explanation, reason);
  assert.equal(verdict, 'ended');
  assert.equal(explanation.summary, text);
  assert.equal(explanation.rules[0]!.rule, reason);
  assert.equal(explanation.due_at, null);
  assert.equal(explanation.delay, null);
  return text;
}

async function changePolicy(sql: Sql, columns: Record<string, unknown>): Promise<void> {
  await sql`update puppet_job_retry_config set ${sql(columns)} where job_type = 'test_job'`;
}

databaseTest('explain_job: completed, and nothing more to do', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'completed');
  assert.equal(await endText(sql, job.job_id, 'succeeded'), 'completed');
  assert.equal((await explain(sql, job.job_id)).rules.length, 1);
});

databaseTest('explain_job: completed late', async (sql) => {
  const job = await claimedJob(sql);
  await expireLease(sql, job.job_id);
  await rescue(sql);
  await settleOne(sql, job, 'completed');
  const text = 'completed by an executor whose lease had ended already';
  assert.equal(await endText(sql, job.job_id, 'succeeded_late'), text);
});

databaseTest(
  'explain_job: an error that is not retried names the list and the policy',
  async (sql) => {
    await insertPolicy(sql);
    const denied = await ended(sql, 'authentication');
    assert.equal(
      await endText(sql, denied, 'error_not_retryable'),
      'will not retry: error type authentication is in do_not_retry_on of policy test_job',
    );
    const unlisted = await ended(sql, 'bad_weather');
    assert.equal(
      await endText(sql, unlisted, 'error_not_retryable'),
      'will not retry: error type bad_weather is not in retry_on_error_types of policy test_job',
    );
  },
);

databaseTest('explain_job: the policy default is named where it decided', async (sql) => {
  const id = await ended(sql, 'permission');
  assert.match(await endText(sql, id, 'error_not_retryable'), /do_not_retry_on of policy default$/);
});

databaseTest('explain_job: retries switched off, of the job and of the policy', async (sql) => {
  await insertPolicy(sql, { enabled: false });
  const job = await ended(sql, 'network', { retry_enabled: false });
  assert.equal(
    await endText(sql, job, 'retries_disabled'),
    'will not retry: retry_enabled of the job is false',
  );
  const policy = await ended(sql, 'network');
  assert.equal(
    await endText(sql, policy, 'policy_disabled'),
    'will not retry: enabled of policy test_job was false',
  );
});

databaseTest('explain_job: retries used up, of the policy and of the job', async (sql) => {
  await insertPolicy(sql, { max_retries: 1 });
  const { job_id } = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
  assert.equal(
    await endText(sql, job_id, 'max_retries_reached'),
    'will not retry: retry_count 1 has reached max_retries 1 of policy test_job',
  );
  const own = await ended(sql, 'network', { max_retries: 0 });
  assert.equal(
    await endText(sql, own, 'max_retries_reached'),
    'will not retry: retry_count 0 has reached max_retries 0 of the job',
  );
});

databaseTest('explain_job: the time for retries is over', async (sql) => {
  await insertPolicy(sql, { max_elapsed_seconds: 600 });
  const text = await endText(sql, await ended(sql, 'network'), 'max_elapsed_reached');
  assert.match(text, /^will not retry: .*max_elapsed_seconds 600 of policy test_job/);
});

databaseTest('explain_job: the deadline, at a failure and at a claim', async (sql) => {
  const soon = new Date(Date.now() + HOUR * 1000);
  const failed = await ended(sql, 'network', { deadline_at: soon });
  const text = await endText(sql, failed, 'deadline_passed');
  assert.match(text, /^will not run again: deadline_at /);
  assert.ok(text.includes(soon.toISOString().slice(0, 10)));
  const never = await insertJob(sql);
  await setTime(sql, never, 'deadline_at', -60);
  await claim(sql);
  await endText(sql, never, 'deadline_passed');
});

databaseTest(
  'explain_job: what a retry by hand needs once the deadline has passed',
  async (sql) => {
    const id = await ended(sql, 'permission');
    await setTime(sql, id, 'deadline_at', -60);
    const [verdict, text] = await verdictOf(sql, id, 'manual_retry');
    assert.equal(verdict, 'limits');
    assert.match(
      text,
      /^retry_job refuses, since deadline_at was 60 s ago, unless .*p_deadline_at/,
    );
    await sql`select retry_job(${id}, p_deadline_at => now() + interval '1 hour')`;
    assert.equal((await explain(sql, id)).status, 'queued');
  },
);

databaseTest('explain_job: too many crashes', async (sql) => {
  await insertPolicy(sql, { max_crashes: 1 });
  const { job_id } = await claimedJob(sql);
  await expireLease(sql, job_id);
  await rescue(sql);
  assert.equal(
    await endText(sql, job_id, 'crash_limit_reached'),
    'will not retry: crash_count 1 has reached max_crashes 1 of policy test_job',
  );
});

databaseTest('explain_job: a cancelled job gives the reason of who cancelled it', async (sql) => {
  const id = await insertJob(sql);
  await cancel(sql, id);
  assert.equal(await endText(sql, id, 'cancelled'), 'Cancelled: not wanted any more');
});

for (const outcome of ['failed', 'cancelled']) {
  databaseTest(
    `explain_job: a job cancelled while it ran says so after ${outcome}`,
    async (sql) => {
      const job = await claimedJob(sql);
      await cancel(sql, job.job_id);
      const error = outcome === 'failed'
        ? { error_type: 'network', error_message: 'it broke' }
        : {};
      await settleOne(sql, job, outcome, error);
      const text = await endText(sql, job.job_id, 'cancelled');
      assert.equal(text, 'Cancelled: not wanted any more');
    },
  );
}

databaseTest('explain_job: an attempt that its executor gave up says what it said', async (sql) => {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'cancelled', { error_message: 'not mine' });
  const text = await endText(sql, job.job_id, 'cancelled');
  assert.equal(text, 'cancelled while it ran; its last attempt: not mine');
});

databaseTest('explain_job: failed and cancelled jobs can be retried by hand', async (sql) => {
  const cancelled = await insertJob(sql);
  await cancel(sql, cancelled);
  for (const id of [cancelled, await ended(sql, 'permission')]) {
    const [verdict, text] = await verdictOf(sql, id, 'manual_retry');
    assert.equal(verdict, 'lets_go');
    assert.match(text, /^retry_job\b/);
  }
});

for (const status of ['completed', 'permanently_failed', 'cancelled']) {
  databaseTest(`explain_job: a job set to ${status} by an update is explained too`, async (sql) => {
    const id = await insertJob(sql);
    await setColumns(sql, id, { status, final_status: status, completed_at: new Date() });
    const { rules, summary } = await explain(sql, id);
    assert.equal(rules[0]!.verdict, 'ended');
    assert.ok(rules[0]!.rule);
    assert.match(rules[0]!.text ?? '', /update|by hand/);
    assert.equal(summary, rules[0]!.text);
  });
}

databaseTest('explain_job: an error type that is retried now was not then', async (sql) => {
  await insertPolicy(sql);
  const id = await ended(sql, 'authentication');
  await changePolicy(sql, {
    do_not_retry_on: [],
    retry_on_error_types: ['authentication'],
  });
  assert.equal(
    await endText(sql, id, 'error_not_retryable'),
    'will not retry: the policy of then did not retry error type authentication',
  );
});

databaseTest('explain_job: a limit raised since is not said to be reached', async (sql) => {
  await insertPolicy(sql, { max_retries: 0, max_crashes: 1, max_elapsed_seconds: 600 });
  const retries = await ended(sql, 'network');
  await changePolicy(sql, { max_retries: 9 });
  const elapsed = await ended(sql, 'network');
  const { job_id: crashed } = await claimedJob(sql);
  await expireLease(sql, crashed);
  await rescue(sql);
  await changePolicy(sql, { max_crashes: 9, max_elapsed_seconds: null });

  const texts = [
    await endText(sql, retries, 'max_retries_reached'),
    await endText(sql, elapsed, 'max_elapsed_reached'),
    await endText(sql, crashed, 'crash_limit_reached'),
  ];
  for (const text of texts) assert.match(text, /of then|changed since|\bwas\b/, text);
  assert.doesNotMatch(texts.join(), /has reached max_\w+ 9/);
});

databaseTest(
  'explain_job: a policy that was removed since leaves its sentences whole',
  async (sql) => {
    await insertPolicy(sql, { max_elapsed_seconds: 600, enabled: false });
    const disabled = await ended(sql, 'network');
    await changePolicy(sql, { enabled: true });
    const elapsed = await ended(sql, 'network');
    await sql`delete from puppet_job_retry_config where job_type = 'test_job'`;
    assert.doesNotMatch(
      await endText(sql, disabled, 'policy_disabled'),
      /enabled of policy default was false/,
    );
    assert.doesNotMatch(
      await endText(sql, elapsed, 'max_elapsed_reached'),
      /of policy default after/,
    );
  },
);
