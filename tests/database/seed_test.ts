import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';

const SEED = new URL('../../supabase/seed.sql', import.meta.url);

async function plantSeed(sql: Sql): Promise<void> {
  await sql`set local role postgres`;
  await sql.unsafe(await Deno.readTextFile(SEED)).simple();
  await sql`reset role`;
}

databaseTest('the sample jobs are in every state', async (sql) => {
  await plantSeed(sql);
  const states = await sql`
    select status, count(*)::int as jobs from puppet_jobs group by status order by status
  `;
  assert.deepEqual([...states], [
    { status: 'cancelled', jobs: 1 },
    { status: 'completed', jobs: 8 },
    { status: 'pending', jobs: 5 },
    { status: 'permanently_failed', jobs: 4 },
    { status: 'queued', jobs: 6 },
    { status: 'running', jobs: 2 },
  ]);
});

databaseTest('planting the sample jobs again changes nothing', async (sql) => {
  const everything = () =>
    sql`
      select (select jsonb_agg(to_jsonb(j) order by j.id) from puppet_jobs j) as jobs,
        (select jsonb_agg(to_jsonb(h) order by h.id) from puppet_job_retry_history h) as history
    `;
  await plantSeed(sql);
  const once = await everything();
  await plantSeed(sql);
  assert.deepEqual(await everything(), once);
});

databaseTest('the history of every sample job leads to its state', async (sql) => {
  await plantSeed(sql);
  const odd = await sql`
    select j.id, j.job_type, j.status, h.*
    from puppet_jobs j
    cross join lateral (
      select count(*) filter (where not h.success) as failures,
        count(*) filter (where h.decision = 'retry_scheduled') as retries,
        count(*) filter (where h.success) as successes,
        max(h.attempt_number) as last_attempt,
        max(h.next_retry_at) as next_retry_at,
        (array_agg(h.decision order by h.attempt_number desc))[1] as last_decision,
        bool_and(h.attempted_at between j.scheduled_at and now()) as in_order
      from puppet_job_retry_history h
      where h.job_id = j.id
    ) h
    where h.retries <> j.retry_count
      or h.in_order = false
      or (j.status = 'queued' and (j.next_retry_at <= now() or j.next_retry_at <> h.next_retry_at))
      or (j.status = 'queued' and h.last_attempt <> j.execution_attempts)
      or (j.status = 'completed' and h.failures > 0 and h.successes <> 1)
      or (j.status = 'permanently_failed' and h.last_decision <> j.stop_reason)
      or (j.status = 'permanently_failed' and j.last_attempt_at > j.completed_at)
      or (j.last_error_type is null) <> (h.failures = 0)
  `;
  assert.deepEqual([...odd], []);
});

databaseTest('jobs that ran out of retries had as many as their policy grants', async (sql) => {
  await plantSeed(sql);
  const jobs = await sql`
    select j.retry_count, p.max_retries
    from puppet_jobs j
    join puppet_job_retry_config p on p.job_type = j.job_type
    where j.stop_reason = 'max_retries_reached'
  `;
  assert.equal(jobs.length, 2);
  for (const { retry_count, max_retries } of jobs) assert.equal(retry_count, max_retries);
});

databaseTest('the sample jobs make the tick call nobody', async (sql) => {
  await plantSeed(sql);
  const [row] = await sql`select tick_retry_processor() as tick`;
  assert.deepEqual(row?.tick, {
    rescued: 0,
    ended: 0,
    due: 0,
    calls: 0,
    error: null,
    disarmed: null,
  });
});
