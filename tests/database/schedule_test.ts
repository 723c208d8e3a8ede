import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { insertAttempt } from './history.ts';
import { insertJob, jobRow, OWNER } from './jobs.ts';

interface CronJob {
  jobname: string;
  schedule: string;
  command: string;
  username: string;
  active: boolean;
}

async function cronJobs(sql: Sql): Promise<CronJob[]> {
  return await sql<CronJob[]>`
    select c.jobname, c.schedule, c.command, c.username, c.active
    from cron.job c
    where c.jobname like 'puppet-retry-%'
    order by c.jobname
  `;
}

async function asInstalled(sql: Sql): Promise<void> {
  await sql`set local role postgres`;
}

databaseTest('schedule: a fresh install ticks and keeps house, as postgres', async (sql) => {
  const jobs = await cronJobs(sql);
  assert.deepEqual(jobs.map((job) => [job.jobname, job.username, job.active]), [
    ['puppet-retry-housekeeping', 'postgres', true],
    ['puppet-retry-tick', 'postgres', true],
  ]);
  assert.match(jobs[1]!.command, /public\.tick_retry_processor\(\)/);
});

databaseTest('schedule: every command runs as cron runs it', async (sql) => {
  const jobs = await cronJobs(sql);
  for (const job of jobs) {
    await sql.savepoint(async (s) => {
      await asInstalled(s);
      await s`set local search_path = pg_catalog`;
      await s.unsafe(job.command);
    });
  }
});

databaseTest(
  'schedule: scheduling anew replaces, with the schedule of the settings',
  async (sql) => {
    const before = await cronJobs(sql);
    await asInstalled(sql);
    await sql`update puppet_private.settings set tick_schedule = '*/2 * * * *'`;
    await sql`select puppet_private.schedule_cron_jobs()`;
    const after = await cronJobs(sql);
    assert.equal(after.length, before.length);
    assert.equal(after.find((job) => job.jobname === 'puppet-retry-tick')!.schedule, '*/2 * * * *');
  },
);

databaseTest('schedule: pg_cron of before 1.5 gets minutes instead of seconds', async (sql) => {
  await sql`update pg_extension set extversion = '1.4-1' where extname = 'pg_cron'`;
  await asInstalled(sql);
  await sql`update puppet_private.settings set tick_schedule = '10 seconds'`;
  const [row] = await sql`select puppet_private.schedule_cron_jobs() as schedule`;
  assert.equal(row!.schedule, '* * * * *');
});

databaseTest('schedule: the settings are one row', async (sql) => {
  const second = await refusal(sql, (s) => s`insert into puppet_private.settings default values`);
  assert.equal(second.code, '23505');
});

databaseTest('housekeeping: keys are free 7 days after the end of their job', async (sql) => {
  const ended = { status: 'completed', final_status: 'completed', completed_at: '2026-01-01' };
  const old = await insertJob(sql, { ...ended, idempotency_key: 'old' });
  const fresh = await insertJob(sql, { ...ended, idempotency_key: 'fresh' });
  const waiting = await insertJob(sql, { idempotency_key: 'waiting' });
  await sql`
    update puppet_jobs
    set completed_at = clock_timestamp() - case id when ${old} then interval '7 days 1 minute'
      else interval '6 days 23 hours' end
    where id in (${old}, ${fresh})
  `;
  await sql`select puppet_private.keep_house()`;
  const keys = [];
  for (const id of [old, fresh, waiting]) {
    const row = { ...await jobRow(sql, id) } as unknown as Record<string, unknown>;
    keys.push(row.idempotency_key);
  }
  assert.deepEqual(keys, [null, 'fresh', 'waiting']);
});

databaseTest('housekeeping: old receipts and cron records of ours go', async (sql) => {
  await sql`delete from puppet_tick_receipts`;
  await sql`
    insert into puppet_tick_receipts (created_at)
    values (now() - interval '8 days'), (now() - interval '6 days')
  `;
  await sql`
    insert into cron.job_run_details (jobid, end_time)
    select c.jobid, now() - age
    from cron.job c, unnest(array[interval '2 days', interval '2 minutes']) age
    where c.jobname = 'puppet-retry-tick'
    union all
    select -1, now() - interval '2 days'
  `;
  await asInstalled(sql);
  await sql`select puppet_private.keep_house()`;
  await sql`reset role`;
  const [left] = await sql`
    select (select count(*)::int from puppet_tick_receipts) as receipts,
      (select count(*)::int from cron.job_run_details d
        where d.jobid = -1 and d.end_time < now() - interval '1 day') as foreign_records,
      (select count(*)::int from cron.job_run_details d
        join cron.job c using (jobid)
        where c.jobname like 'puppet-retry-%' and d.end_time < now() - interval '1 day') as ours
  `;
  assert.deepEqual({ ...left }, { receipts: 1, foreign_records: 1, ours: 0 });
});

/** So many completed jobs, each with a key, that ended so long ago that all of it may go. */
async function insertOldJobs(sql: Sql, count: number): Promise<void> {
  await sql`
    insert into puppet_jobs (
      user_id, job_type, status, final_status, completed_at, idempotency_key)
    select ${OWNER}, 'test_job', 'completed', 'completed', now() - interval '30 days', n::text
    from generate_series(1, ${count}) n
  `;
}

async function leftOfOldJobs(sql: Sql): Promise<{ jobs: number; keys: number }> {
  const [left] = await sql<{ jobs: number; keys: number }[]>`
    select count(*)::int as jobs, count(idempotency_key)::int as keys
    from puppet_jobs
    where job_type = 'test_job'
  `;
  return { ...left! };
}

databaseTest('housekeeping: spent keys are freed, however many there are', async (sql) => {
  await insertOldJobs(sql, 10_001);
  await sql`select puppet_private.keep_house()`;
  assert.deepEqual(await leftOfOldJobs(sql), { jobs: 10_001, keys: 0 });
});

databaseTest('housekeeping: it stops when its time is up, small things done', async (sql) => {
  await insertOldJobs(sql, 20_001);
  await sql`update puppet_private.settings set retention_days = 7`;
  await sql`insert into puppet_tick_receipts (created_at) values ('2026-01-01T00:00:00Z')`;
  await sql`select puppet_private.keep_house(p_seconds => 0)`;
  const [old] = await sql`
    select count(*)::int as receipts
    from puppet_tick_receipts
    where created_at < now() - interval '7 days'
  `;
  assert.deepEqual([old!.receipts, (await leftOfOldJobs(sql)).jobs], [0, 10_001]);
  await sql`select puppet_private.keep_house()`;
  assert.equal((await leftOfOldJobs(sql)).jobs, 0);
});

databaseTest('housekeeping: jobs and history are left alone', async (sql) => {
  const id = await insertJob(sql);
  await insertAttempt(sql, id);
  await sql`select puppet_private.keep_house()`;
  const rows = await sql`select id from puppet_job_retry_history where user_id = ${OWNER}`;
  assert.equal(rows.length, 1);
  assert.equal((await jobRow(sql, id)).status, 'pending');
});
