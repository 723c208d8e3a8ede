import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { enqueue } from './enqueue.ts';
import { insertPolicy, jobRow, OTHER_OWNER, OWNER } from './jobs.ts';

const JOB = { job_type: 'test_job' };

databaseTest('enqueue_jobs: an owner enqueues within the limits', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER });
  const answers = await enqueue(sql, [
    JOB,
    { ...JOB, user_id: OWNER, priority: 5, max_retries: 20, scheduled_at: '2099-01-01T00:00:00Z' },
    { ...JOB, retry_enabled: false, campaign_id: OTHER_OWNER, idempotency_key: 'k' },
  ]);
  for (const { job_id } of answers) assert.equal((await jobRow(sql, job_id)).user_id, OWNER);
});

databaseTest('enqueue_jobs: an owner is refused beyond each limit, all or nothing', async (sql) => {
  await insertPolicy(sql, { job_type: 'service_only', owners_may_enqueue: false });
  await actAs(sql, 'authenticated', { sub: OWNER });
  const beyond = [
    { user_id: OTHER_OWNER },
    { priority: 6 },
    { max_retries: 21 },
    { scheduled_at: '2020-01-01T00:00:00Z' },
    { job_type: 'service_only' },
  ];
  for (const fields of beyond) {
    const refused = await refusal(sql, (s) => enqueue(s, [JOB, { ...JOB, ...fields }]));
    assert.equal(refused.code, 'PT403', JSON.stringify(fields));
    assert.match(refused.message, /job 2/);
    assert.ok(refused.hint);
  }
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from puppet_jobs`;
  assert.equal(row!.count, 0);
});

databaseTest('enqueue_jobs: a type without a policy follows default', async (sql) => {
  await sql`
    update puppet_job_retry_config set owners_may_enqueue = false where job_type = 'default'
  `;
  await insertPolicy(sql, { job_type: 'for_all', owners_may_enqueue: true });
  await actAs(sql, 'authenticated', { sub: OWNER });
  assert.equal((await refusal(sql, (s) => enqueue(s, [JOB]))).code, 'PT403');
  assert.equal((await refusal(sql, (s) => enqueue(s, [{}]))).code, 'PT403');
  assert.equal((await enqueue(sql, [{ job_type: 'for_all' }]))[0]!.created, true);
});

databaseTest('enqueue_jobs: an admin enqueues for themselves as any owner does', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER, app_metadata: { puppet_admin: true } });
  assert.equal((await enqueue(sql, [JOB]))[0]!.created, true);
  const others = await refusal(sql, (s) => enqueue(s, [{ ...JOB, user_id: OTHER_OWNER }]));
  assert.equal(others.code, 'PT403');
});

databaseTest('enqueue_jobs: a token without a user enqueues nothing', async (sql) => {
  await actAs(sql, 'authenticated');
  assert.match((await refusal(sql, (s) => enqueue(s, [JOB]))).code, /^PT4(03|22)$/);
  const named = await refusal(sql, (s) => enqueue(s, [{ ...JOB, user_id: OWNER }]));
  assert.equal(named.code, 'PT403');
});

databaseTest('enqueue_jobs: one key of two owners makes two jobs', async (sql) => {
  const job = { ...JOB, idempotency_key: 'shared' };
  await actAs(sql, 'authenticated', { sub: OWNER });
  const [mine] = await enqueue(sql, [job]);
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  const [theirs] = await enqueue(sql, [job]);
  assert.equal(theirs!.created, true);
  assert.notEqual(theirs!.job_id, mine!.job_id);
});

databaseTest('enqueue_jobs: the service is not bound by the limits of owners', async (sql) => {
  await insertPolicy(sql, { job_type: 'service_only', owners_may_enqueue: false });
  await actAs(sql, 'service_role');
  const [answer] = await enqueue(sql, [{
    user_id: OTHER_OWNER,
    job_type: 'service_only',
    priority: 10,
    max_retries: 100,
    scheduled_at: '2020-01-01T00:00:00Z',
  }]);
  assert.equal(answer!.created, true);
});
