import assert from 'node:assert/strict';
import type postgres from 'postgres';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { openOldDatabase } from './old_database.ts';

const CAMPAIGN = '00000000-0000-4000-a000-000000000001';

Deno.test('adoption of connected: what hangs on the table hangs on the new one', async (t) => {
  await using old = await openOldDatabase('connected');
  await adopt(old.url);
  await old.use(async (sql) => {
    await t.step('queries, casts, views and functions read it', () => checkReads(sql));
    await t.step('ON CONFLICT finds its unique constraint', async () => {
      const again = await sql`
        insert into puppet_jobs (user_id, campaign_id, linkedin_profile_url)
        values ('00000000-0000-4000-9000-000000000001', ${CAMPAIGN},
          'https://www.linkedin.com/in/person-1')
        on conflict (campaign_id, linkedin_profile_url) do nothing
      `;
      assert.equal(again.count, 0);
    });
    await t.step('logs follow their job, and policies look at it', () => checkLogs(sql));
    await t.step('numbers go on counting', async () => {
      const [row] = await sql<{ number: string }[]>`
        insert into puppet_jobs (user_id, linkedin_profile_url)
        values ('00000000-0000-4000-9000-000000000001', 'https://www.linkedin.com/in/next')
        returning number
      `;
      assert.ok(Number(row?.number) > 60);
    });
    await t.step('a long error is cut for the old column, not refused', async () => {
      const [row] = await sql<{ length: number }[]>`
        update puppet_jobs set last_execution_error = repeat('x', 2000)
        where linkedin_profile_url = 'https://www.linkedin.com/in/next'
        returning length(error_message) as length
      `;
      assert.equal(row?.length, 500);
    });
    await t.step('the publication has the new table', async () => {
      const tables = await sql`select schemaname, tablename from pg_publication_tables`;
      assert.deepEqual([...tables], [{ schemaname: 'public', tablename: 'puppet_jobs' }]);
    });
    await t.step("a user's jobs go with the user", async () => {
      await sql`delete from auth.users where id = '00000000-0000-4000-9000-000000000002'`;
      const [row] = await sql<{ left: number }[]>`
        select count(*)::int as left from puppet_jobs
        where user_id = '00000000-0000-4000-9000-000000000002'
      `;
      assert.equal(row?.left, 0);
    });
  });
});

async function checkReads(sql: postgres.Sql): Promise<void> {
  const [row] = await sql.unsafe<Record<string, number>[]>(`
    select
      (select count(*) from puppet_jobs where status = 'pending')::int as plain,
      (select count(*) from puppet_jobs where status = 'pending'::puppet_job_status)::int as one,
      (select count(*) from puppet_jobs
        where status = any (array['pending', 'queued']::puppet_job_status[]))::int as list,
      (select count(*) from waiting_puppet_jobs)::int as view,
      (select sum(jobs) from waiting_per_user)::int as view_of_view,
      (select count(*) from jobs_of_campaign('${CAMPAIGN}'))::int as rows,
      (select count(*) from puppet_jobs where profile_name = 'person-7')::int as generated
  `);
  // 6 jobs of each word; of the failed ones 2 have no retry left.
  const waiting = 6 * 5 + 4;
  assert.deepEqual(row, {
    plain: 2,
    one: 2,
    list: waiting,
    view: waiting,
    view_of_view: waiting,
    rows: 60,
    generated: 1,
  });
}

async function checkLogs(sql: postgres.Sql): Promise<void> {
  const [row] = await sql`
    select
      (select count(*)::int from puppet_job_logs) as logs,
      (select confrelid::regclass::text from pg_constraint
        where conname = 'puppet_job_logs_job_id_fkey') as parent,
      (select qual ~ ' puppet_jobs ' and qual !~ 'before' from pg_policies
        where policyname = 'owners_read_logs') as policy
  `;
  assert.deepEqual(row, { logs: 60, parent: 'puppet_jobs', policy: true });
}
