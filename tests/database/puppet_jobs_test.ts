import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { claim, insertJob, jobRow, OWNER } from './jobs.ts';
import { failedJob, setColumns } from './lifecycle.ts';

databaseTest('puppet_jobs: the insert of the contract runs and defaults the rest', async (sql) => {
  await actAs(sql, 'service_role');
  const id = await insertJob(sql, {
    user_id: OWNER,
    job_type: 'custom_job',
    job_config: { any: ['shape'] },
    retry_enabled: true,
    max_retries: 7,
    priority: 5,
  });
  const [row] = await sql`
    select j.status, j.final_status, j.retry_count, j.max_retries, j.execution_attempts,
      j.crash_count, j.snooze_count, j.release_count, j.next_retry_at,
      j.retry_window_started_at = j.scheduled_at as window_starts_when_due,
      j.scheduled_at <= now() as due
    from puppet_jobs j
    where j.id = ${id}
  `;
  assert.deepEqual({ ...row }, {
    status: 'pending',
    final_status: null,
    retry_count: 0,
    max_retries: 7,
    execution_attempts: 0,
    crash_count: 0,
    snooze_count: 0,
    release_count: 0,
    next_retry_at: null,
    window_starts_when_due: true,
    due: true,
  });
});

databaseTest('puppet_jobs: an insert of the owner alone defaults everything', async (sql) => {
  const [row] = await sql`
    insert into puppet_jobs (user_id) values (${OWNER})
    returning job_type, job_config, priority, retry_enabled, max_retries, campaign_id
  `;
  assert.deepEqual({ ...row }, {
    job_type: 'default',
    job_config: {},
    priority: 5,
    retry_enabled: true,
    max_retries: null,
    campaign_id: null,
  });
});

databaseTest(
  'puppet_jobs: a service insert as queued is a new job, due when scheduled',
  async (sql) => {
    await actAs(sql, 'service_role');
    const id = await insertJob(sql, { status: 'queued' });
    const later = await insertJob(sql, {
      status: 'queued',
      scheduled_at: '2099-01-01T00:00:00Z',
    });
    const [claimed, none] = await claim(sql);
    assert.equal(none, undefined);
    assert.equal(claimed!.job_id, id);
    assert.equal(claimed!.is_retry, false);
    assert.equal(claimed!.attempt_number, 1);
    assert.equal((await jobRow(sql, later)).status, 'queued');
  },
);

databaseTest('puppet_jobs: the window of a scheduled job opens when it is due', async (sql) => {
  const id = await insertJob(sql, { scheduled_at: '2099-01-01T00:00:00Z' });
  const [row] = await sql`
    select retry_window_started_at = scheduled_at as same from puppet_jobs where id = ${id}
  `;
  assert.equal(row!.same, true);
});

databaseTest('puppet_jobs: the window of a job moves with it until it is tried', async (sql) => {
  const windowOf = async (id: string) => (await jobRow(sql, id)).retry_window_started_at;
  const id = await insertJob(sql, { scheduled_at: '2099-01-01T00:00:00Z' });
  await setColumns(sql, id, { scheduled_at: '2099-01-08T00:00:00Z' });
  assert.deepEqual(await windowOf(id), new Date('2099-01-08T00:00:00Z'));
  await setColumns(sql, id, { retry_window_started_at: '2099-01-09T00:00:00Z' });
  await setColumns(sql, id, { scheduled_at: '2099-01-10T00:00:00Z' });
  assert.deepEqual(await windowOf(id), new Date('2099-01-09T00:00:00Z'));

  const { job_id } = await failedJob(sql);
  const before = await windowOf(job_id);
  await setColumns(sql, job_id, { scheduled_at: '2099-01-01T00:00:00Z' });
  assert.deepEqual(await windowOf(job_id), before);
});

databaseTest('puppet_jobs: updated_at follows every plain update', async (sql) => {
  const id = await insertJob(sql, { updated_at: '2020-01-01T00:00:00Z' });
  await sql`update puppet_jobs set priority = 6 where id = ${id}`;
  const [row] = await sql`
    select updated_at > now() - interval '1 minute' as fresh from puppet_jobs where id = ${id}
  `;
  assert.equal(row!.fresh, true);
});

const BAD_VALUES: Record<string, unknown>[] = [
  { job_type: '' },
  { job_type: ' ' },
  { job_type: 'x'.repeat(101) },
  { priority: 0 },
  { priority: 11 },
  { job_config: [] },
  { job_config: [{ to: 'a' }] },
  { job_config: { blob: 'x'.repeat(262_144) } },
  { max_retries: -1 },
  { retry_count: -1 },
  { idempotency_key: '' },
  { status: 'failed' },
  { final_status: 'running' },
  { stop_reason: 'bored' },
];

const TIME = '2026-01-01T00:00:00Z';
const TOKEN = '00000000-0000-4000-8000-00000000000f';
const HELD = { executing_by: 'e', executing_at: TIME, execution_timeout_at: TIME };

const BAD_STATES: Record<string, unknown>[] = [
  { status: 'completed', completed_at: TIME },
  { status: 'completed', final_status: 'failed', completed_at: TIME },
  { status: 'cancelled', final_status: 'permanently_failed', completed_at: TIME },
  { final_status: 'completed' },
  { status: 'queued', final_status: 'completed' },
  { status: 'queued', final_status: 'cancelled', next_retry_at: TIME },
  { status: 'completed', final_status: 'completed', completed_at: TIME, next_retry_at: TIME },
  { status: 'completed', final_status: 'completed', completed_at: TIME, ...HELD },
  { status: 'running' },
  { status: 'running', ...HELD },
  { status: 'running', ...HELD, executing_by: null, lease_token: TOKEN },
  { status: 'running', ...HELD, executing_at: null, lease_token: TOKEN },
  { status: 'running', ...HELD, execution_timeout_at: null, lease_token: TOKEN },
  { ...HELD },
  { status: 'queued', executing_by: 'e' },
  { status: 'queued', executing_at: TIME },
  { status: 'queued', execution_timeout_at: TIME },
  { status: 'queued', final_status: 'failed' },
  { status: 'pending', final_status: 'failed', next_retry_at: TIME },
];

databaseTest('puppet_jobs: nonsense is refused by a constraint that says why', async (sql) => {
  for (const columns of [...BAD_VALUES, ...BAD_STATES]) {
    const refused = await refusal(sql, (s) => insertJob(s, columns));
    const shown = JSON.stringify(columns).slice(0, 100);
    assert.equal(refused.code, '23514', shown);
    assert.match(refused.constraint_name ?? '', /^[a-z0-9]+(_[a-z0-9]+){2,}$/, shown);
  }
});

databaseTest('puppet_jobs: every state of the contract is allowed', async (sql) => {
  const ended = { completed_at: TIME };
  const states: Record<string, unknown>[] = [
    { status: 'pending' },
    { status: 'pending', next_retry_at: TIME },
    { status: 'queued' },
    { status: 'queued', next_retry_at: TIME },
    { status: 'queued', final_status: 'failed', next_retry_at: TIME },
    { status: 'running', ...HELD, lease_token: TOKEN },
    { status: 'running', final_status: 'failed', ...HELD, lease_token: TOKEN },
    { status: 'completed', final_status: 'completed', ...ended, lease_token: TOKEN },
    { status: 'permanently_failed', final_status: 'permanently_failed', ...ended },
    { status: 'cancelled', final_status: 'cancelled', ...ended },
  ];
  for (const columns of states) assert.ok(await insertJob(sql, columns));
});

databaseTest('puppet_jobs: the query for waiting retries lists them and only them', async (sql) => {
  const failed = {
    status: 'queued',
    final_status: 'failed',
    next_retry_at: '2099-01-01T00:00:00Z',
  };
  const waiting = await insertJob(sql, failed);
  await insertJob(sql, { ...failed, retry_enabled: false });
  await insertJob(sql, { ...failed, next_retry_at: TIME });
  await insertJob(sql, { status: 'queued', next_retry_at: '2099-01-01T00:00:00Z' });
  await insertJob(sql);
  const rows = await sql`
    select id, extract(epoch from (next_retry_at - now())) / 60 as minutes
    from puppet_jobs
    where final_status = 'failed' and next_retry_at > now() and retry_enabled = true
  `;
  assert.deepEqual(rows.map((row) => row.id), [waiting]);
  assert.ok(Number(rows[0]!.minutes) > 60);
});
