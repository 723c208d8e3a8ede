import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { ageAttempt, insertAttempt } from './history.ts';
import { claimedJob, historyOf, insertJob, insertPolicy, OWNER, settle } from './jobs.ts';

const UNKNOWN_JOB = '00000000-0000-4000-8000-0000000000aa';

databaseTest("history: a caller's row needs only the job and what happened", async (sql) => {
  const id = await insertJob(sql);
  await actAs(sql, 'service_role');
  const [row] = await sql`
    insert into puppet_job_retry_history (job_id, user_id, job_type, attempt_number, success)
    values (${id}, ${OWNER}, 'test_job', 1, false)
    returning logged_by, retry_reason, executor_id, is_retry, delay_seconds, decision
  `;
  assert.deepEqual({ ...row }, {
    logged_by: 'caller',
    retry_reason: 'automatic',
    executor_id: 'unknown',
    is_retry: false,
    delay_seconds: null,
    decision: null,
  });
});

databaseTest('history: an attempt has one engine row and any number of others', async (sql) => {
  const id = await insertJob(sql);
  await insertAttempt(sql, id);
  assert.equal((await refusal(sql, (s) => insertAttempt(s, id))).code, '23505');
  await insertAttempt(sql, id, { logged_by: 'caller' });
  await insertAttempt(sql, id, { logged_by: 'caller' });
  await insertAttempt(sql, id, { attempt_number: 2 });
  assert.equal((await historyOf(sql, id)).length, 4);
});

databaseTest('history: every decision of the closed set is taken', async (sql) => {
  const id = await insertJob(sql);
  const decisions = [
    'retry_scheduled',
    'succeeded',
    'succeeded_late',
    'max_retries_reached',
    'error_not_retryable',
    'retries_disabled',
    'policy_disabled',
    'max_elapsed_reached',
    'deadline_passed',
    'crash_limit_reached',
    'cancelled',
  ];
  for (const [n, decision] of decisions.entries()) {
    await insertAttempt(sql, id, { attempt_number: n + 1, decision });
  }
  assert.deepEqual((await historyOf(sql, id)).map((row) => row.decision), decisions);
});

databaseTest('history: nonsense is refused by a constraint that says why', async (sql) => {
  const id = await insertJob(sql);
  const bad: Record<string, unknown>[] = [
    { attempt_number: 0 },
    { attempt_number: -1 },
    { decision: 'given_up' },
    { decision: null },
    { logged_by: 'nobody' },
    { duration_ms: -1 },
    { delay_seconds: -1 },
    { error_message: 'x'.repeat(8193) },
    { error_message: 'é'.repeat(4097) },
  ];
  for (const columns of bad) {
    const refused = await refusal(sql, (s) => insertAttempt(s, id, columns));
    assert.equal(refused.code, '23514', JSON.stringify(columns).slice(0, 80));
  }
  await insertAttempt(sql, id, { error_message: 'x'.repeat(8192) });
});

databaseTest('history: it belongs to a job and goes with it', async (sql) => {
  assert.equal((await refusal(sql, (s) => insertAttempt(s, UNKNOWN_JOB))).code, '23503');
  const id = await insertJob(sql);
  await insertAttempt(sql, id);
  await insertAttempt(sql, id, { logged_by: 'caller' });
  await sql`delete from puppet_jobs where id = ${id}`;
  assert.equal((await historyOf(sql, id)).length, 0);
});

databaseTest('history: it is one table with a BRIN index on the time', async (sql) => {
  const [table] = await sql`
    select c.relkind from pg_class c where c.oid = 'public.puppet_job_retry_history'::regclass
  `;
  assert.equal(table!.relkind, 'r');
  const indexes = await sql<{ definition: string }[]>`
    select pg_get_indexdef(i.indexrelid) as definition
    from pg_index i
    where i.indrelid = 'public.puppet_job_retry_history'::regclass
  `;
  assert.ok(indexes.some(({ definition }) => /using brin \(attempted_at\)/i.test(definition)));
});

databaseTest('history: the query for success rates by job type runs as written', async (sql) => {
  const first = await insertJob(sql);
  const second = await insertJob(sql);
  await insertAttempt(sql, first);
  await insertAttempt(sql, first, { attempt_number: 2, success: true, decision: 'succeeded' });
  await insertAttempt(sql, second);
  await ageAttempt(sql, await insertAttempt(sql, second, { attempt_number: 2 }), 24 * 8);
  const rows = await sql`
    select
      j.job_type,
      count(*) as total_attempts,
      sum(case when h.success then 1 else 0 end) as successful,
      round(avg(case when h.success then 1 else 0 end) * 100, 2) as success_rate
    from puppet_job_retry_history h
    join puppet_jobs j on h.job_id = j.id
    where h.attempted_at > now() - interval '7 days' and j.job_type = 'test_job'
    group by j.job_type
  `;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { job_type: 'test_job', total_attempts: '3', successful: '1', success_rate: '33.33' },
  ]);
});

databaseTest(
  'history: the query for errors of a day averages only scheduled waits',
  async (sql) => {
    await insertPolicy(sql, { max_retries: 1, base_delay_seconds: 100 });
    const fail = async (columns: Record<string, unknown>) => {
      const { job_id, lease_token } = await claimedJob(sql, columns);
      const outcome = { outcome: 'failed', error_type: 'rate_limit', error_message: '429' };
      await settle(sql, [{ job_id, lease_token, ...outcome }]);
    };
    await fail({});
    await fail({ max_retries: 0 });
    const rows = await sql`
    select error_type, count(*), avg(delay_seconds)::float8 as avg
    from puppet_job_retry_history
    where attempted_at > now() - interval '24 hours' and success = false
      and job_type = 'test_job'
    group by error_type
  `;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { error_type: 'rate_limit', count: '2', avg: 100 },
    ]);
  },
);
