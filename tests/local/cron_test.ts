import assert from 'node:assert/strict';
import { isDue } from '../../supabase/local/cron_schedule.ts';
import { chosenPostgres } from '../../supabase/local/postgres_tree.ts';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { eventually, startTiny } from './tiny_platform.ts';

// Debian's pg_cron runs by itself, and by minutes alone: ../system/ has a test of it.
const HAS_DOUBLE = chosenPostgres() === 'npm';

if (HAS_DOUBLE) {
  Deno.test('pg_cron double: a job runs as its owner, every so many seconds, and leaves records', async () => {
    await using platform = await startTiny({ functions: false });
    await withDatabase(platform.projectDbUrl, async (sql) => {
      const insert = 'insert into public.notes (note) values (session_user)';
      await sql`select cron.schedule('note', '1 second', ${insert})`;
      await sql`select cron.schedule('wrong', '1 second', 'select 1 / 0')`;
      await eventually(async () =>
        (await sql`select from notes where note = 'postgres'`).length >= 2
      );
      const runs = await eventually(async () => {
        const rows = await sql<{ status: string; return_message: string }[]>`
        select distinct status, return_message
        from cron.job_run_details
        where end_time is not null
        order by status
      `;
        return rows.length >= 2 && rows;
      });
      assert.deepEqual(runs.map(({ status, return_message }) => [status, return_message]), [
        ['failed', 'ERROR:  division by zero'],
        ['succeeded', 'INSERT 1'],
      ]);
    });
  });
}

Deno.test('pg_cron and its double: same name replaces, unknown names and nonsense schedules raise', async () => {
  await using platform = await startTiny({ functions: false, ticks: false });
  await withDatabase(platform.projectDbUrl, async (sql) => {
    await sql`select cron.schedule('nightly', '5 4 * * *', 'select 1')`;
    await sql`select cron.schedule('nightly', '*/10 * * * *', 'select 2')`;
    await sql`select cron.alter_job((select jobid from cron.job), active := false)`;
    const jobs = await sql`select jobname, schedule, command, username, active from cron.job`;
    assert.deepEqual({ ...jobs[0] }, {
      jobname: 'nightly',
      schedule: '*/10 * * * *',
      command: 'select 2',
      username: 'postgres',
      active: false,
    });
    assert.equal(jobs.length, 1);
    await assert.rejects(
      sql`select cron.schedule('x', 'whenever', 'select 1')`,
      /invalid schedule/,
    );
    await assert.rejects(
      sql`select cron.schedule('x', '60 seconds', 'select 1')`,
      /invalid schedule/,
    );
    await assert.rejects(
      sql`select cron.unschedule('x')`,
      /could not find valid entry for job 'x'/,
    );
    await sql`select cron.unschedule('nightly')`;
    assert.equal((await sql`select from cron.job`).length, 0);
  });
});

Deno.test('schedules are due when cron says so', () => {
  const at = (text: string) => Date.parse(text);
  const start = at('2026-11-01T04:04:30Z');
  const due = (schedule: string, now: string, last: number | null = start) =>
    isDue(schedule, at(now), start, last);
  assert.ok(due('5 4 * * *', '2026-11-01T04:05:00Z'));
  assert.ok(!due('5 4 * * *', '2026-11-01T04:06:00Z'));
  assert.ok(!due('* * * * *', '2026-11-01T04:04:59Z'), 'ran in this minute already');
  assert.ok(due('*/15 * * * *', '2026-11-01T04:15:10Z'));
  assert.ok(!due('*/15 * * * *', '2026-11-01T04:20:00Z'));
  assert.ok(due('0 9-17/2 * * mon-fri', '2026-11-02T11:00:00Z'));
  assert.ok(!due('0 9-17/2 * * mon-fri', '2026-11-01T11:00:00Z'), 'a Sunday');
  assert.ok(due('0 0 * * 7', '2026-11-08T00:00:00Z'), 'Sunday is 7 too');
  assert.ok(due('0 0 13 * fri', '2026-11-06T00:00:00Z'), 'day of month or day of week');
  assert.ok(due('0 0 $ * *', '2026-11-30T00:00:00Z'), 'last day of the month');
  assert.ok(due('@hourly', '2026-11-01T05:00:00Z'));
  assert.ok(due('10 seconds', '2026-11-01T04:04:40Z'));
  assert.ok(!due('10 seconds', '2026-11-01T04:04:39Z'));
});
