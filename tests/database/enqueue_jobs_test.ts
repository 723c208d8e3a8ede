import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { enqueue, manyJobs } from './enqueue.ts';
import { jobRow, OTHER_OWNER, OWNER } from './jobs.ts';

const JOB = { user_id: OWNER, job_type: 'test_job' };

async function jobCount(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from puppet_jobs where user_id in (${OWNER}, ${OTHER_OWNER})
  `;
  return row!.count;
}

databaseTest('enqueue_jobs: a job with all its fields is stored as given', async (sql) => {
  const job = {
    ...JOB,
    job_config: { to: 'someone@example.com' },
    priority: 10,
    scheduled_at: '2099-01-01T00:00:00Z',
    max_retries: 7,
    retry_enabled: false,
    deadline_at: '2099-02-01T00:00:00Z',
    idempotency_key: 'key',
    campaign_id: OTHER_OWNER,
  };
  const [answer] = await enqueue(sql, [job]);
  assert.equal(answer!.created, true);
  assert.equal(answer!.same_payload, true);
  const { scheduled_at, deadline_at, ...exact } = job;
  const row = { ...await jobRow(sql, answer!.job_id) } as unknown as Record<string, unknown>;
  for (const [field, value] of Object.entries(exact)) assert.deepEqual(row[field], value, field);
  assert.deepEqual(row.scheduled_at, new Date(scheduled_at));
  assert.deepEqual(row.retry_window_started_at, new Date(scheduled_at));
  assert.deepEqual(row.deadline_at, new Date(deadline_at));
  assert.equal(row.status, 'pending');
  assert.equal(row.final_status, null);
});

databaseTest('enqueue_jobs: what a job leaves out defaults as the table says', async (sql) => {
  const [answer] = await enqueue(sql, [{ user_id: OWNER }]);
  const [row] = await sql`
    select j.job_type, j.job_config, j.priority, j.max_retries, j.retry_enabled, j.status,
      abs(extract(epoch from j.scheduled_at - clock_timestamp())) < 5 as due_now,
      j.retry_window_started_at = j.scheduled_at as window_starts_when_due
    from puppet_jobs j
    where j.id = ${answer!.job_id}
  `;
  assert.deepEqual({ ...row }, {
    job_type: 'default',
    job_config: {},
    priority: 5,
    max_retries: null,
    retry_enabled: true,
    status: 'pending',
    due_now: true,
    window_starts_when_due: true,
  });
});

databaseTest('enqueue_jobs: answers come in the order of the jobs', async (sql) => {
  const jobs = ['c', 'a', 'b'].map((name) => ({ ...JOB, job_config: { name } }));
  const keyed = ['z', 'x', 'y'].map((name) => ({
    ...JOB,
    job_config: { name },
    idempotency_key: name,
  }));
  const answers = await enqueue(sql, [...jobs, ...keyed]);
  const names = [];
  for (const { job_id } of answers) names.push((await jobRow(sql, job_id)).job_config);
  assert.deepEqual(names, ['c', 'a', 'b', 'z', 'x', 'y'].map((name) => ({ name })));
});

databaseTest('enqueue_jobs: 1000 jobs at once are enqueued', async (sql) => {
  const answers = await enqueue(sql, manyJobs(1000, OWNER));
  assert.equal(answers.length, 1000);
  assert.equal(new Set(answers.map((answer) => answer.job_id)).size, 1000);
  assert.equal(await jobCount(sql), 1000);
});

databaseTest('enqueue_jobs: none, 1001 and 10000 jobs are refused whole', async (sql) => {
  for (const count of [0, 1001, 10_000]) {
    const refused = await refusal(sql, (s) => enqueue(s, manyJobs(count, OWNER)));
    assert.equal(refused.code, 'PT422', `${count} jobs`);
    assert.match(refused.message, new RegExp(`${count}`));
    assert.ok(refused.hint);
  }
  assert.equal(await jobCount(sql), 0);
});

databaseTest('enqueue_jobs: what is not an array is refused', async (sql) => {
  for (const jobs of [JOB, 'job', 7, null]) {
    const refused = await refusal(sql, (s) => enqueue(s, jobs));
    assert.equal(refused.code, 'PT422');
  }
  assert.equal((await refusal(sql, (s) => s`select enqueue_jobs(null)`)).code, 'PT422');
});

databaseTest('enqueue_jobs: a bad field is named, and nothing is enqueued', async (sql) => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ job_type: '' }, /job_type/],
    [{ job_type: '   ' }, /job_type/],
    [{ job_type: 'x'.repeat(101) }, /job_type/],
    [{ priority: 0 }, /priority/],
    [{ priority: 11 }, /priority/],
    [{ priority: 2.5 }, /priority/],
    [{ priority: '5' }, /priority/],
    [{ job_config: [1] }, /job_config/],
    [{ job_config: 'text' }, /job_config/],
    [{ job_config: { blob: 'x'.repeat(262_144) } }, /job_config/],
    [{ idempotency_key: '' }, /idempotency_key/],
    [{ idempotency_key: 'x'.repeat(256) }, /idempotency_key/],
    [{ user_id: 'somebody' }, /user_id/],
    [{ user_id: null }, /user_id/],
    [{ status: 'running' }, /status/],
    [{ jobType: 'test_job' }, /jobType/],
  ];
  for (const [fields, name] of bad) {
    const refused = await refusal(sql, (s) => enqueue(s, [JOB, { ...JOB, ...fields }]));
    assert.equal(refused.code, 'PT422', JSON.stringify(fields).slice(0, 80));
    assert.match(refused.message, name);
    assert.match(refused.message, /job 2/);
    assert.ok(refused.hint);
  }
  assert.equal(await jobCount(sql), 0);
});

databaseTest('enqueue_jobs: an item that is no object is refused', async (sql) => {
  for (const item of ['job', 7, null, [JOB]]) {
    assert.equal((await refusal(sql, (s) => enqueue(s, [JOB, item]))).code, 'PT422');
  }
});

databaseTest('enqueue_jobs: a value of the wrong type or range is refused', async (sql) => {
  const bad = [
    { max_retries: -1 },
    { max_retries: 1.5 },
    { max_retries: 'many' },
    { scheduled_at: 'soon' },
    { scheduled_at: 'infinity' },
    { deadline_at: 'never' },
    { retry_enabled: 'perhaps' },
    { campaign_id: 'summer' },
  ];
  for (const fields of bad) {
    const refused = await refusal(sql, (s) => enqueue(s, [{ ...JOB, ...fields }]));
    assert.match(refused.code, /^(PT4..|22...|23514)$/, JSON.stringify(fields));
  }
  assert.equal(await jobCount(sql), 0);
});

databaseTest('enqueue_jobs: a job_config just below 256 kB is taken', async (sql) => {
  const [answer] = await enqueue(sql, [{ ...JOB, job_config: { blob: 'x'.repeat(262_000) } }]);
  assert.equal(answer!.created, true);
});

databaseTest('enqueue_jobs: null fields count as left out', async (sql) => {
  const [answer] = await enqueue(sql, [{
    ...JOB,
    job_type: null,
    job_config: null,
    priority: null,
    scheduled_at: null,
    max_retries: null,
    retry_enabled: null,
    idempotency_key: null,
  }]);
  const row = await jobRow(sql, answer!.job_id);
  assert.equal(row.job_type, 'default');
  assert.deepEqual(row.job_config, {});
});

databaseTest('enqueue_jobs: times that are none, or never come, are named', async (sql) => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ scheduled_at: 'soon' }, /scheduled_at/],
    [{ scheduled_at: 'infinity' }, /scheduled_at/],
    [{ deadline_at: {} }, /deadline_at/],
    [{ deadline_at: '2001-01-01T00:00:00Z' }, /deadline_at has passed/],
    [
      { scheduled_at: '2099-01-01T00:00:00Z', deadline_at: '2099-01-01T01:00:00+01:00' },
      /deadline_at must be later than scheduled_at/,
    ],
    [{ max_retries: -1 }, /max_retries/],
    [{ max_retries: 1_000_001 }, /max_retries/],
    [{ retry_enabled: 'yes' }, /retry_enabled/],
    [{ campaign_id: 'spring' }, /campaign_id/],
    [{ priority: 5.5 }, /priority/],
  ];
  for (const [fields, name] of bad) {
    const refused = await refusal(sql, (s) => enqueue(s, [{ ...JOB, ...fields }]));
    assert.equal(refused.code, 'PT422', JSON.stringify(fields));
    assert.match(refused.message, name);
  }
  assert.equal(
    (await refusal(sql, (s) => enqueue(s, {}))).message.includes('is not an array'),
    true,
  );
});
