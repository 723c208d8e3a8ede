import assert from 'node:assert/strict';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { startPlatform } from '../../supabase/local/platform.ts';

const PATIENCE_MS = 90_000;

Deno.test('the real pg_cron ticks by itself', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-pg-cron-' });
  await using platform = await startPlatform({ folder, temporary: true, functions: false });
  await withDatabase(platform.dbUrl, async (sql) => {
    const until = Date.now() + PATIENCE_MS;
    let statuses: string[] = [];
    while (statuses.length === 0) {
      assert.ok(Date.now() < until, 'no tick in a minute and a half');
      await new Promise((resolve) => setTimeout(resolve, 500));
      const runs = await sql<{ status: string }[]>`
        select d.status
        from cron.job_run_details d
        join cron.job j on j.jobid = d.jobid
        where j.jobname = 'puppet-retry-tick' and d.end_time is not null
      `;
      statuses = runs.map(({ status }) => status);
    }
    assert.deepEqual(statuses, ['succeeded']);
  });
});
