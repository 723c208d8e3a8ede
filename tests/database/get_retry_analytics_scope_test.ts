import assert from 'node:assert/strict';
import { analyse, ours } from './analytics.ts';
import { withAttempts } from './attempts.ts';
import { actAs, databaseTest, refusal } from './database.ts';
import { insertAttempt } from './history.ts';
import { OTHER_OWNER, OWNER } from './jobs.ts';

const SUCCESS = { success: true, decision: 'succeeded', is_retry: true };

databaseTest('get_retry_analytics: windows hold their start and not their end', async (sql) => {
  const attempted_at = new Date('2071-01-01T12:00:00.500Z');
  await withAttempts(sql, [{ attempted_at, error_type: 'network' }]);
  const failures = async (start: number | null, end: number | null) => {
    const time = (ms: number | null) => ms === null ? null : new Date(attempted_at.getTime() + ms);
    const window = { jobType: 'test_job', start: time(start), end: time(end) };
    return (await analyse(sql, window)).jobs.failedAtLeastOnce;
  };
  assert.equal(await failures(null, null), 1);
  assert.equal(await failures(0, null), 1);
  assert.equal(await failures(0, 1), 1);
  assert.equal(await failures(1, null), 0);
  assert.equal(await failures(null, 0), 0);
  assert.equal(await failures(-1, 0), 0);
  assert.equal(await failures(null, 1), 1);
});

databaseTest('get_retry_analytics: a window that ends before it starts is refused', async (sql) => {
  const window = { start: new Date(2000), end: new Date(1000) };
  const error = await refusal(sql, async (sql) => await analyse(sql, window));
  assert.equal(error.code, 'PT422');
  assert.ok(error.hint);
});

databaseTest(
  'get_retry_analytics: rows that callers logged stay out of every figure',
  async (sql) => {
    await withAttempts(sql, [{}, SUCCESS]);
    const before = await ours(sql);
    const caller = {
      logged_by: 'caller',
      error_type: 'their_own',
      delay_seconds: 9,
      duration_ms: 9,
    };
    await withAttempts(
      sql,
      [caller, { ...caller, ...SUCCESS }].map((row) => ({ ...row, ...caller })),
    );
    const [{ job_id }] = await sql<[{ job_id: string }]>`
    select job_id from puppet_job_retry_history
    where job_type = 'test_job' and logged_by = 'engine' limit 1
  `;
    await insertAttempt(sql, job_id, { ...caller, attempt_number: 1 });
    assert.deepEqual(await ours(sql), before);
  },
);

databaseTest(
  'get_retry_analytics: a job type is picked, and all types are broken down',
  async (sql) => {
    await actAs(sql, 'none');
    await withAttempts(sql, [{}, SUCCESS]);
    const other = { job_type: 'other_job' };
    await withAttempts(sql, [other, other], other);
    assert.equal((await ours(sql)).totalRetries, 1);
    await actAs(sql, 'authenticated', { sub: OWNER });
    assert.deepEqual((await analyse(sql)).jobTypeBreakdown, [
      { jobType: 'other_job', totalRetries: 1, successRate: 0 },
      { jobType: 'test_job', totalRetries: 1, successRate: 100 },
    ]);
  },
);

databaseTest(
  'get_retry_analytics: owners see their own figures, admins too, the service all',
  async (sql) => {
    await withAttempts(sql, [{}, SUCCESS]);
    const other = { user_id: OTHER_OWNER };
    await withAttempts(sql, [other, other, other], other);
    const retriesOf = async (claims: { sub?: string; app_metadata?: Record<string, unknown> }) => {
      await actAs(sql, 'none');
      await actAs(sql, 'authenticated', claims);
      return (await ours(sql)).totalRetries;
    };
    assert.equal(await retriesOf({ sub: OWNER }), 1);
    assert.equal(await retriesOf({ sub: OTHER_OWNER }), 2);
    const admin = { sub: crypto.randomUUID(), app_metadata: { puppet_admin: true } };
    assert.equal(await retriesOf(admin), 0);
    assert.equal(await retriesOf({}), 0);
    await actAs(sql, 'none');
    await actAs(sql, 'service_role');
    assert.equal((await ours(sql)).totalRetries, 3);
    await actAs(sql, 'none');
    await actAs(sql, 'anon');
    assert.equal((await refusal(sql, async (sql) => await ours(sql))).code, '42501');
  },
);
