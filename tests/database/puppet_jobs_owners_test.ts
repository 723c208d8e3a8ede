import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { insertJob, insertPolicy, jobRow, OTHER_OWNER, OWNER } from './jobs.ts';

const OWNED_COLUMNS = [
  'user_id',
  'job_type',
  'job_config',
  'priority',
  'scheduled_at',
  'max_retries',
  'retry_enabled',
  'deadline_at',
  'idempotency_key',
  'campaign_id',
];

databaseTest('puppet_jobs: an owner inserts an own job by every column given', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER });
  const id = await insertJob(sql, {
    user_id: OWNER,
    job_type: 'test_job',
    job_config: { to: 'a' },
    priority: 5,
    scheduled_at: '2099-01-01T00:00:00Z',
    max_retries: 20,
    retry_enabled: true,
    deadline_at: '2099-02-01T00:00:00Z',
    idempotency_key: 'key',
    campaign_id: OTHER_OWNER,
  });
  assert.equal((await jobRow(sql, id)).status, 'pending');
});

databaseTest('puppet_jobs: an owner may leave out all but user_id', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER });
  const [row] = await sql`insert into puppet_jobs (user_id) values (${OWNER}) returning status`;
  assert.equal(row!.status, 'pending');
});

databaseTest('puppet_jobs: an owner is refused beyond each limit', async (sql) => {
  await insertPolicy(sql, { job_type: 'service_only', owners_may_enqueue: false });
  await actAs(sql, 'authenticated', { sub: OWNER });
  const beyond = [
    { user_id: OTHER_OWNER },
    { priority: 6 },
    { max_retries: 21 },
    { scheduled_at: '2020-01-01T00:00:00Z' },
    { job_type: 'service_only' },
  ];
  for (const columns of beyond) {
    const refused = await refusal(sql, (s) => insertJob(s, columns));
    assert.equal(refused.code, '42501', JSON.stringify(columns));
    assert.match(refused.message, /row-level security/);
  }
});

databaseTest(
  'puppet_jobs: owners_may_enqueue of default counts for types without a row',
  async (sql) => {
    await sql`
    update puppet_job_retry_config set owners_may_enqueue = false where job_type = 'default'
  `;
    await insertPolicy(sql, { job_type: 'for_all' });
    await actAs(sql, 'authenticated', { sub: OWNER });
    assert.equal((await refusal(sql, (s) => insertJob(s))).code, '42501');
    assert.ok(await insertJob(sql, { job_type: 'for_all' }));
  },
);

databaseTest('puppet_jobs: a token without a user inserts nothing', async (sql) => {
  await actAs(sql, 'authenticated');
  assert.equal((await refusal(sql, (s) => insertJob(s))).code, '42501');
});

databaseTest('puppet_jobs: owners write no other column', async (sql) => {
  const columns = await sql<{ name: string }[]>`
    select a.attname as name
    from pg_attribute a
    where a.attrelid = 'public.puppet_jobs'::regclass and a.attnum > 0 and not a.attisdropped
  `;
  await actAs(sql, 'authenticated', { sub: OWNER });
  for (const { name } of columns.filter((column) => !OWNED_COLUMNS.includes(column.name))) {
    const refused = await refusal(
      sql,
      (s) => s`insert into puppet_jobs (user_id, ${s(name)}) values (${OWNER}, default)`,
    );
    assert.match(refused.message, /permission denied/, name);
  }
});

databaseTest('puppet_jobs: owners change and delete nothing by table verbs', async (sql) => {
  const id = await insertJob(sql);
  await actAs(sql, 'authenticated', { sub: OWNER });
  const update = await refusal(sql, (s) => s`update puppet_jobs set priority = 1 where id = ${id}`);
  assert.match(update.message, /permission denied/);
  const remove = await refusal(sql, (s) => s`delete from puppet_jobs where id = ${id}`);
  assert.match(remove.message, /permission denied/);
});

databaseTest("puppet_jobs: another user's job cannot be retried or cancelled", async (sql) => {
  const ended = await insertJob(sql, {
    status: 'cancelled',
    final_status: 'cancelled',
    completed_at: '2026-01-01T00:00:00Z',
  });
  const waiting = await insertJob(sql);
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  assert.equal((await refusal(sql, (s) => s`select retry_job(${ended})`)).code, 'PT404');
  assert.equal((await refusal(sql, (s) => s`select cancel_job(${waiting}, 'no')`)).code, 'PT404');
  await actAs(sql, 'authenticated', { sub: OWNER });
  await sql`select retry_job(${ended}), cancel_job(${waiting}, 'no')`;
  assert.equal((await jobRow(sql, ended)).status, 'queued');
  assert.equal((await jobRow(sql, waiting)).status, 'cancelled');
});
