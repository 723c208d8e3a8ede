import assert from 'node:assert/strict';
import { withDatabase } from '../../supabase/local/database_client.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import { eventually, startTiny } from './tiny_platform.ts';

/** Counts what reaches it. */
function countingServer(): { url: string; seen: string[] } & AsyncDisposable {
  const seen: string[] = [];
  const server = Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: () => {} }, (request) => {
    seen.push(new URL(request.url).pathname);
    return Response.json({ fine: true });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function post(platform: Platform, url: string): Promise<string> {
  return await withDatabase(platform.projectDbUrl, async (sql) => {
    const [row] = await sql<{ id: string }[]>`select net.http_post(url := ${url}) as id`;
    return row?.id ?? '';
  });
}

async function responseTo(
  platform: Platform,
  id: string,
): Promise<{ status_code: number | null; timed_out: boolean; content: string | null }> {
  return await withDatabase(platform.dbUrl, (sql) =>
    eventually(async () => {
      const [row] = await sql<
        { status_code: number | null; timed_out: boolean; content: string | null }[]
      >`select status_code, timed_out, content from net._http_response where id = ${id}`;
      return row;
    }));
}

Deno.test('calls are sent once, unless they are to be lost, repeated or late', async (t) => {
  await using server = countingServer();
  await using platform = await startTiny({ functions: false, ticks: false });

  await t.step('a call is sent once, and its response kept', async () => {
    const response = await responseTo(platform, await post(platform, `${server.url}/plain`));
    assert.equal(response.status_code, 200);
    assert.equal(response.content, '{"fine":true}');
    assert.deepEqual(server.seen.splice(0), ['/plain']);
  });

  await t.step('a call to nobody leaves an error, not an endless queue', async () => {
    const response = await responseTo(platform, await post(platform, 'http://127.0.0.1:1/'));
    assert.equal(response.status_code, null);
    assert.equal(await queueLength(platform), 0);
  });

  await t.step('a lost call never arrives, a repeated one twice', async () => {
    platform.network.lose(1);
    await post(platform, `${server.url}/lost`);
    await eventually(async () => (await queueLength(platform)) === 0);
    platform.network.repeat(1);
    await responseTo(platform, await post(platform, `${server.url}/twice`));
    assert.deepEqual(server.seen.splice(0), ['/twice', '/twice']);
  });

  await t.step('a call whose answer is lost arrives, and leaves no response', async () => {
    platform.network.loseReplies(1);
    const id = await post(platform, `${server.url}/unheard`);
    await eventually(async () => (await queueLength(platform)) === 0);
    assert.deepEqual(server.seen.splice(0), ['/unheard']);
    assert.equal(await countResponses(platform, id), 0);
  });

  await t.step('a late call does not hold up the next one', async () => {
    platform.network.delay(1_500, 1);
    const late = await post(platform, `${server.url}/late`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await responseTo(platform, await post(platform, `${server.url}/after`));
    await responseTo(platform, late);
    assert.deepEqual(server.seen, ['/after', '/late']);
  });
});

async function queueLength(platform: Platform): Promise<number> {
  return await withDatabase(platform.dbUrl, async (sql) => {
    const rows = await sql`select from net.http_request_queue`;
    return rows.length;
  });
}

async function countResponses(platform: Platform, id: string): Promise<number> {
  return await withDatabase(platform.dbUrl, async (sql) => {
    const rows = await sql`select from net._http_response where id = ${id}`;
    return rows.length;
  });
}
