import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { claimedJob, insertJob, insertPolicy, jobRow, settle } from './jobs.ts';

async function decision(sql: Sql, id: string, errorType = 'network'): Promise<string> {
  const [row] = await sql<{ decision: string }[]>`
    select get_decision_on_failure(${id}, ${errorType}) as decision
  `;
  return row!.decision;
}

/** What the failure does lead to, on a job made with the same columns. */
async function actual(
  sql: Sql,
  columns: Record<string, unknown>,
  errorType: string,
): Promise<string | null> {
  const { job_id, lease_token } = await claimedJob(sql, columns);
  const outcome = { job_id, lease_token, outcome: 'failed', error_type: errorType };
  return (await settle(sql, [outcome]))[0]!.decision;
}

const soon = () => new Date(Date.now() + 60_000).toISOString();

const CASES: {
  expected: string;
  policy?: Record<string, unknown>;
  job?: () => Record<string, unknown>;
  errorType?: string;
}[] = [
  { expected: 'retry_scheduled' },
  { expected: 'error_not_retryable', errorType: 'permission' },
  { expected: 'error_not_retryable', errorType: 'a type nobody knows' },
  { expected: 'retries_disabled', job: () => ({ retry_enabled: false }) },
  { expected: 'policy_disabled', policy: { enabled: false } },
  { expected: 'max_retries_reached', policy: { max_retries: 0 } },
  { expected: 'retry_scheduled', policy: { max_retries: 0 }, job: () => ({ max_retries: 1 }) },
  { expected: 'max_elapsed_reached', policy: { max_elapsed_seconds: 60 } },
  { expected: 'deadline_passed', job: () => ({ deadline_at: soon() }) },
  { expected: 'retry_scheduled', errorType: ' network ' },
  { expected: 'retry_scheduled', errorType: ' ' },
];

for (const { expected, policy = {}, job = () => ({}), errorType = 'network' } of CASES) {
  const given = [...Object.keys({ ...policy, ...job() }), `'${errorType}'`].join(', ');
  databaseTest(
    `get_decision_on_failure: ${expected}, as a failure has it (${given})`,
    async (sql) => {
      await insertPolicy(sql, policy);
      const id = await insertJob(sql, { ...job(), scheduled_at: '2099-01-01T00:00:00Z' });
      // Due now for the claim of the other; its window starts then.
      await sql`
      update puppet_jobs set scheduled_at = now(), retry_window_started_at = now() where id = ${id}
    `;
      const before = await jobRow(sql, id);
      assert.equal(await decision(sql, id, errorType), expected);
      assert.deepEqual(await jobRow(sql, id), before);
      await sql`delete from puppet_jobs where id = ${id}`;
      assert.equal(await actual(sql, job(), errorType), expected);
    },
  );
}

databaseTest('get_decision_on_failure: the longest jitter must fit', async (sql) => {
  await insertPolicy(sql, {
    jitter_enabled: true,
    base_delay_seconds: 50,
    max_jitter_seconds: 20,
    max_elapsed_seconds: 60,
  });
  assert.equal(await decision(sql, await insertJob(sql)), 'max_elapsed_reached');
});

databaseTest('get_decision_on_failure: a running job that was cancelled ends so', async (sql) => {
  const { job_id } = await claimedJob(sql);
  assert.equal(await decision(sql, job_id), 'retry_scheduled');
  await sql`select cancel_job(${job_id}, 'enough')`;
  assert.equal(await decision(sql, job_id), 'cancelled');
});

databaseTest('get_decision_on_failure: a job that has ended says how', async (sql) => {
  const { job_id, lease_token } = await claimedJob(sql);
  await settle(sql, [{ job_id, lease_token, outcome: 'completed' }]);
  assert.equal(await decision(sql, job_id), 'succeeded');
});

databaseTest('get_decision_on_failure: an unknown job is not found', async (sql) => {
  const id = '00000000-0000-4000-8000-0000000000aa';
  assert.equal((await refusal(sql, (s) => decision(s, id))).code, 'PT404');
});
