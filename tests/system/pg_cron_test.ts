import assert from 'node:assert/strict';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { startPlatform } from '../../supabase/local/platform.ts';

const PATIENCE_MS = 90_000;

Deno.test('the real pg_cron ticks by itself, and runs jobs as their owner', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-pg-cron-' });
  await using platform = await startPlatform({ folder, temporary: true, functions: false });
  await withDatabase(platform.projectDbUrl, async (sql) => {
    await sql`create table public.notes (note text)`;
    const insert = 'insert into public.notes (note) values (session_user)';
    await sql`select cron.schedule('note', '* * * * *', ${insert})`;
    await sql`select cron.schedule('wrong', '* * * * *', 'select 1 / 0')`;
  });
  await withDatabase(platform.dbUrl, async (sql) => {
    const until = Date.now() + PATIENCE_MS;
    let statuses: string[] = [];
    while (statuses.length < 3) {
      assert.ok(Date.now() < until, `no tick in a minute and a half: ${statuses}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const runs = await sql<{ name: string; status: string }[]>`
        select distinct j.jobname as name, d.status
        from cron.job_run_details d
        join cron.job j on j.jobid = d.jobid
        where j.jobname in ('puppet-retry-tick', 'note', 'wrong') and d.end_time is not null
        order by name
      `;
      statuses = runs.map(({ name, status }) => `${name} ${status}`);
    }
    assert.deepEqual(statuses, ['note succeeded', 'puppet-retry-tick succeeded', 'wrong failed']);
    const notes = await sql<{ note: string }[]>`select note from public.notes`;
    assert.equal(notes[0]?.note, 'postgres');
  });
});
