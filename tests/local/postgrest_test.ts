import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openGuard } from '../../supabase/local/guard.ts';
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
