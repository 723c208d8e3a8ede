import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { claimedJob, jobRow, OWNER } from './jobs.ts';
import { failedJob, retry, setColumns, settleOne } from './lifecycle.ts';

const HOUR = 3_600_000;

/** A job that failed for good at its first attempt. */
async function endedJob(sql: Sql): Promise<string> {
  const job = await claimedJob(sql);
  await settleOne(sql, job, 'failed', { error_type: 'permission' });
  return job.job_id;
}

databaseTest(
  'retry_job: a new deadline lets an expired job go on, for its owner too',
  async (sql) => {
    const id = await endedJob(sql);
    await setColumns(sql, id, { deadline_at: new Date(Date.now() - HOUR) });
    await actAs(sql, 'authenticated', { sub: OWNER });
    const later = new Date(Date.now() + HOUR);
    for (const deadline of [new Date(Date.now() - 1000), new Date(0)]) {
      const error = await refusal(
        sql,
        (sql) => sql`select retry_job(${id}, p_deadline_at => ${deadline})`,
      );
      assert.equal(error.code, 'PT422');
      assert.match(error.hint ?? '', /p_deadline_at/);
    }
    await sql`select retry_job(${id}, p_deadline_at => ${later})`;
    const [row] = await sql`select status, deadline_at from puppet_jobs where id = ${id}`;
    assert.deepEqual({ ...row }, { status: 'queued', deadline_at: later });
  },
);

databaseTest('retry_job: a queued job gets the new deadline, and keeps it', async (sql) => {
  const { job_id } = await failedJob(sql, { deadline_at: new Date(Date.now() + 24 * HOUR) });
  const deadline = new Date(Date.now() + 48 * HOUR);
  const runAt = new Date(Date.now() + 36 * HOUR);
  await sql`select retry_job(${job_id}, p_run_at => ${runAt}, p_deadline_at => ${deadline})`;
  await retry(sql, job_id);
  const [row] = await sql`select deadline_at from puppet_jobs where id = ${job_id}`;
  assert.deepEqual(row!.deadline_at, deadline);
});

databaseTest('retry_job: 422 for a time that clients cannot read; long ago is now', async (sql) => {
  const id = await endedJob(sql);
  for (const time of ['9999-12-31T23:59:59.9999999Z', '20000-01-01T00:00:00Z', 'infinity']) {
    for (const argument of ['p_run_at', 'p_deadline_at']) {
      const error = await refusal(sql, (sql) =>
        sql`
          select retry_job(${id}, ${sql(argument)} => ${time}::text::timestamptz)
        `);
      assert.equal(error.code, 'PT422', `${argument} ${time}`);
      assert.ok(error.hint);
    }
  }
  await sql`select retry_job(${id}, p_run_at => '-infinity')`;
  assert.ok((await jobRow(sql, id)).next_retry_at!.getTime() <= Date.now() + 60_000);
});
