import assert from 'node:assert/strict';
import { openDatabase, withDatabase } from '../../supabase/local/database_client.ts';
import { chosenPostgres } from '../../supabase/local/postgres_tree.ts';
import { eventually, startTiny } from './tiny_platform.ts';

Deno.test('after an outage of Postgres everything goes on by itself', async () => {
  await using platform = await startTiny({ functions: false });
  const dbUrl = platform.projectDbUrl;
  // The real pg_cron is a part of Postgres, comes back with it, and runs by minutes alone.
  const hasCronDouble = chosenPostgres() === 'npm';
  const insert = "insert into public.notes (note) values ('tick')";
  if (hasCronDouble) {
    await withDatabase(dbUrl, (sql) => sql`select cron.schedule('note', '1 second', ${insert})`);
  }

  await platform.stopPostgres();
  const away = await callApi(platform.url, platform.keys.secret);
  assert.equal(away.status, 503);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await platform.startPostgres();

  assert.equal((await callApi(platform.url, platform.keys.secret)).status, 200);
  await withDatabase(dbUrl, async (sql) => {
    await sql`truncate public.notes`;
    if (hasCronDouble) {
      await eventually(async () => (await sql`select from public.notes`).length > 0);
    }
    const [call] = await sql`select net.http_get(url := ${platform.url}) as id`;
    await eventually(async () =>
      (await sql`select from net._http_response where id = ${call?.['id']}`).length > 0
    );
  });
});

Deno.test('Postgres and the Data API can crash outright, and what was committed is there', async () => {
  await using platform = await startTiny({ functions: false, ticks: false });
  const insert = (note: string) =>
    withDatabase(platform.dbUrl, (sql) => sql`insert into public.notes (note) values (${note})`);
  await insert('before');
  await platform.stopPostgres('immediate');
  await platform.startPostgres();
  await withDatabase(platform.dbUrl, async (sql) => {
    assert.deepEqual((await sql`select note from public.notes`).map(({ note }) => note), [
      'before',
    ]);
  });
  await platform.crashPostgrest();
  assert.equal((await callApi(platform.url, platform.keys.secret)).status, 200);
});

Deno.test('a crash while responses are being kept ends nothing but the connection', async () => {
  await using platform = await startTiny({ functions: false, ticks: false });
  const blocker = openDatabase(platform.dbUrl, 1, 'blocker');
  await blocker.unsafe('begin; lock table net._http_response').simple();
  const call = () =>
    withDatabase(platform.dbUrl, async (sql) => {
      const [row] = await sql`select net.http_get(url := ${platform.url}) as id`;
      return String(row?.['id']);
    });
  await call();
  await withDatabase(platform.dbUrl, (sql) =>
    eventually(async () => {
      const blocked = await sql`
        select from pg_stat_activity
        where application_name = 'pg_net double' and wait_event_type = 'Lock'
      `;
      return blocked.length > 0;
    }));
  await platform.stopPostgres('immediate');
  await blocker.end({ timeout: 0 });
  await platform.startPostgres();
  // Its queue is unlogged, as the real one: the call before is forgotten.
  const id = await call();
  await withDatabase(
    platform.dbUrl,
    (sql) =>
      eventually(async () =>
        (await sql`select from net._http_response where id = ${id}`).length > 0
      ),
  );
});

async function callApi(url: string, apikey: string): Promise<{ status: number }> {
  const response = await fetch(`${url}/rest/v1/rpc/who_calls`, { headers: { apikey } });
  await response.json();
  return { status: response.status };
}
