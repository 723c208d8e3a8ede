import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openGuard } from '../../supabase/local/guard.ts';
import { readKeys, signJwt } from '../../supabase/local/keys.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { freePort } from '../../supabase/local/ports.ts';
import { startPostgrest } from '../../supabase/local/postgrest.ts';
import { startTiny } from './tiny_platform.ts';

Deno.test('PostgREST: a port that somebody took in the meantime is left to them', async () => {
  await using platform = await startTiny();
  using taken = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const guard = openGuard(folder);
  let picked = 0;
  const postgrest = await startPostgrest({
    dbUrl: platform.dbUrl,
    jwks: '{"keys":[]}',
    logFile: join(folder, 'postgrest.log'),
    guard,
  }, () => picked++ === 0 ? taken.addr.port : freePort());
  try {
    assert.notEqual(postgrest.url, `http://127.0.0.1:${taken.addr.port}`);
    const response = await fetch(postgrest.url);
    await response.body?.cancel();
    assert.ok(response.status < 500);
  } finally {
    await postgrest.stop();
    await guard.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test('PostgREST: a token that it verified counts no longer than it says', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-expiry-' });
  await using platform = await startPlatform({ folder, temporary: true, ticks: false });
  const keys = await readKeys(folder);
  if (!keys) throw new Error('A platform has keys');
  const token = await signJwt(keys.jwk, { role: 'service_role' }, '1 second from now');
  const ask = async () => {
    const response = await fetch(`${platform.url}/rest/v1/puppet_jobs?select=id`, {
      headers: { apikey: platform.keys.publishable, authorization: `Bearer ${token}` },
    });
    return { status: response.status, text: await response.text() };
  };
  assert.deepEqual(await ask(), { status: 200, text: '[]' });
  // Clocks may differ by 30 s.
  await new Promise((resolve) => setTimeout(resolve, 33_000));
  const { status, text } = await ask();
  assert.deepEqual([status, JSON.parse(text).message], [401, 'JWT expired']);
});
