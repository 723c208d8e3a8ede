import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { claim, insertJob, jobRow } from './jobs.ts';
import { claimAgain, failedJob, release, setColumns } from './lifecycle.ts';

function minutesAgo(minutes: number): Date {
  return new Date(Date.now() - minutes * 60_000);
}

async function insertDue(sql: Sql, priority: number, minutesOverdue: number): Promise<string> {
  return await insertJob(sql, { priority, scheduled_at: minutesAgo(minutesOverdue) });
}

async function claimedOneByOne(sql: Sql, count: number): Promise<string[]> {
  const ids = [];
  for (let n = 0; n < count; n++) ids.push((await claim(sql, { limit: 1 }))[0]!.job_id);
  return ids;
}

databaseTest('claim_jobs: higher priority first, then the longer due', async (sql) => {
  const low = await insertDue(sql, 1, 1);
  const high = await insertDue(sql, 10, 1);
  const middle = await insertDue(sql, 5, 1);
  const middleBefore = await insertDue(sql, 5, 2);
  const expected = [high, middleBefore, middle, low];
  assert.deepEqual((await claim(sql)).map((job) => job.job_id), expected);
});

databaseTest('claim_jobs: the limit takes the first of the order', async (sql) => {
  const low = await insertDue(sql, 1, 1);
  const high = await insertDue(sql, 10, 1);
  const middle = await insertDue(sql, 5, 1);
  assert.deepEqual(await claimedOneByOne(sql, 3), [high, middle, low]);
});

databaseTest('claim_jobs: 10 minutes of waiting count as one priority level', async (sql) => {
  const seven = await insertDue(sql, 7, 0.1);
  const eight = await insertDue(sql, 8, 0.1);
  const waited = await insertDue(sql, 5, 25);
  assert.deepEqual(await claimedOneByOne(sql, 3), [eight, waited, seven]);
});

databaseTest('claim_jobs: the lowest priority does not starve', async (sql) => {
  for (let n = 0; n < 5; n++) await insertDue(sql, 10, 0);
  const low = await insertDue(sql, 1, 91);
  assert.deepEqual(await claimedOneByOne(sql, 1), [low]);
});

databaseTest('claim_jobs: what a level is worth is a setting', async (sql) => {
  await sql`update puppet_private.settings set priority_level_seconds = 60`;
  const seven = await insertDue(sql, 7, 0);
  const waited = await insertDue(sql, 5, 3);
  assert.deepEqual(await claimedOneByOne(sql, 2), [waited, seven]);
});

databaseTest(
  'claim_jobs: a retry counts from its retry time, among all types alike',
  async (sql) => {
    const fresh = await insertJob(sql, { job_type: 'other', scheduled_at: minutesAgo(5) });
    const { job_id } = await failedJob(sql, { scheduled_at: minutesAgo(500) });
    await setColumns(sql, job_id, { next_retry_at: minutesAgo(1) });
    const jobs = await claim(sql, { types: ['test_job', 'other'] });
    assert.deepEqual(jobs.map((job) => job.job_id), [fresh, job_id]);
  },
);

databaseTest('claim_jobs: get_jobs_ready_for_retry shows the same order', async (sql) => {
  const minutes = [25, 0.1, 0.1, 3];
  const ids: string[] = [];
  for (const priority of [5, 7, 8, 1]) ids.push((await failedJob(sql, { priority })).job_id);
  for (const [at, id] of ids.entries()) {
    await setColumns(sql, id, { next_retry_at: minutesAgo(minutes[at]!) });
  }
  const shown = await sql<{ job_id: string }[]>`
    select job_id from get_jobs_ready_for_retry(1000) where job_type = 'test_job'
  `;
  const expected = [ids[2], ids[0], ids[1], ids[3]];
  assert.deepEqual(shown.map((job) => job.job_id), expected);
  assert.deepEqual((await claim(sql)).map((job) => job.job_id), expected);
});

const KILOBYTES_240 = 240 * 1024;

async function insertBig(sql: Sql, config: unknown): Promise<void> {
  const text = JSON.stringify(config);
  await sql`
    insert into puppet_jobs (user_id, job_type, job_config)
    select gen_random_uuid(), 'test_job', ${text}::text::jsonb from generate_series(1, 20)
  `;
}

async function replyMegabytes(sql: Sql): Promise<{ jobs: number; megabytes: number }> {
  const [row] = await sql<{ jobs: number; megabytes: number }[]>`
    select jsonb_array_length(c) as jobs, octet_length(c::text) / 1e6 as megabytes
    from claim_jobs('executor', 1000, '{test_job}') c
  `;
  return { jobs: row!.jobs, megabytes: Number(row!.megabytes) };
}

function noise(characters: number): string {
  const bytes = new Uint8Array(characters / 2);
  for (let at = 0; at < bytes.length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

for (
  const [kind, text] of [
    ['that compress well', 'x'.repeat(KILOBYTES_240)],
    ['that compress badly', noise(KILOBYTES_240)],
  ] as const
) {
  databaseTest(`claim_jobs: a claim hands out about 4 MB of configs ${kind}`, async (sql) => {
    await insertBig(sql, { text });
    const first = await replyMegabytes(sql);
    assert.ok(first.megabytes > 3 && first.megabytes < 4.5, `${first.megabytes} MB`);
    const [left] = await sql<{ waiting: number }[]>`
      select count(*)::int as waiting from puppet_jobs
      where job_type = 'test_job' and status = 'pending' and execution_attempts = 0
    `;
    assert.equal(left!.waiting, 20 - first.jobs);
    assert.equal((await replyMegabytes(sql)).jobs, 20 - first.jobs);
  });
}

databaseTest('claim_jobs: 1000 small jobs come in one claim', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, job_type)
    select gen_random_uuid(), 'test_job' from generate_series(1, 1001)
  `;
  assert.equal((await claim(sql, { limit: 1000 })).length, 1000);
});

databaseTest('claim_jobs: attempts are numbered on, whatever became of them', async (sql) => {
  const { job_id } = await failedJob(sql);
  await release(sql, [await claimAgain(sql, job_id)]);
  assert.equal((await claimAgain(sql, job_id)).attempt_number, 3);
  assert.equal((await jobRow(sql, job_id)).execution_attempts, 3);
});
