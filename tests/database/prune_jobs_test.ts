import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { insertAttempt } from './history.ts';
import { claimedJob, insertJob, OWNER } from './jobs.ts';

/** A job that ended so many days ago, with one attempt. */
async function ended(sql: Sql, status: string, days: number): Promise<string> {
  const id = await insertJob(sql, {
    status,
    final_status: status,
    completed_at: '2026-01-01T00:00:00Z',
  });
  await sql`
    update puppet_jobs
    set completed_at = clock_timestamp() - make_interval(days => ${days}),
      created_at = clock_timestamp() - interval '200 days'
    where id = ${id}
  `;
  await insertAttempt(sql, id);
  return id;
}

async function left(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from puppet_jobs where user_id = ${OWNER}`;
  return rows.map((row) => row.id);
}

async function prune(sql: Sql, days: number | null, limit: number | null): Promise<number> {
  const [row] = await sql<{ count: number }[]>`select prune_jobs(${days}, ${limit}) as count`;
  return row!.count;
}

databaseTest('prune_jobs: an idempotency key is kept for its 7 days', async (sql) => {
  const [young, old] = [await ended(sql, 'completed', 6), await ended(sql, 'completed', 8)];
  await sql`update puppet_jobs set idempotency_key = id where id in (${young}, ${old})`;
  const keyless = await ended(sql, 'completed', 6);
  assert.equal(await prune(sql, 1, 1000), 2);
  assert.deepEqual([await left(sql), keyless === young], [[young], false]);
});

databaseTest('prune_jobs: jobs that ended long ago go with their history', async (sql) => {
  for (const status of ['completed', 'permanently_failed', 'cancelled']) {
    await ended(sql, status, 91);
  }
  const kept = await ended(sql, 'completed', 89);
  await actAs(sql, 'service_role');
  const [row] = await sql`select prune_jobs() as count`;
  assert.equal(row!.count, 3);
  assert.deepEqual(await left(sql), [kept]);
  const history = await sql`select job_id from puppet_job_retry_history where user_id = ${OWNER}`;
  assert.deepEqual(history.map((attempt) => attempt.job_id), [kept]);
});

databaseTest('prune_jobs: a job that has not ended stays however old', async (sql) => {
  const failed = { status: 'queued', final_status: 'failed', next_retry_at: '2026-01-01' };
  const ids = [await insertJob(sql), await insertJob(sql, failed)];
  ids.push((await claimedJob(sql, { job_type: 'other_job' })).job_id);
  await sql`
    update puppet_jobs
    set created_at = now() - interval '900 days', scheduled_at = now() - interval '900 days'
    where user_id = ${OWNER}
  `;
  assert.equal(await prune(sql, 1, 1000), 0);
  assert.deepEqual((await left(sql)).sort(), ids.sort());
});

databaseTest('prune_jobs: one call removes at most its limit', async (sql) => {
  for (let n = 0; n < 3; n++) await ended(sql, 'completed', 40);
  assert.equal(await prune(sql, 30, 2), 2);
  assert.equal(await prune(sql, 30, 2), 1);
  assert.equal(await prune(sql, 30, 2), 0);
});

databaseTest('prune_jobs: days and limits that make no sense are refused', async (sql) => {
  for (
    const [days, limit] of [[0, 1], [-1, 1], [null, 1], [90, 0], [90, -1], [90, null]] as const
  ) {
    const refused = await refusal(sql, (s) => prune(s, days, limit));
    assert.equal(refused.code, 'PT400', `${days} ${limit}`);
    assert.ok(refused.hint);
  }
  assert.match((await refusal(sql, (s) => prune(s, 2_147_483_647, 1))).code, /^PT400$/);
});
