import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPlatform } from '../../supabase/local/platform.ts';

const MAIN = fileURLToPath(new URL('../../supabase/local/token.ts', import.meta.url));
const USER = '00000000-0000-0000-0000-00000000000a';

async function token(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', MAIN, ...args],
    env: { NO_COLOR: '1' },
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  return { code, printed: decoder.decode(stdout), said: decoder.decode(stderr) };
}

Deno.test('token: the API takes it for the user it names, and for an admin where asked', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-token-' });
  await using platform = await startPlatform({ folder, temporary: true, ticks: false });
  const call = async (bearer: string, path: string, body?: unknown) => {
    const response = await fetch(`${platform.url}/functions/v1/api/puppet/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return { status: response.status, answer: await response.json() };
  };
  const sign = async (...args: string[]) => {
    const { code, printed, said } = await token('--folder', folder, ...args);
    assert.deepEqual([code, said], [0, '']);
    assert.match(printed, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    return printed.trim();
  };

  const user = await sign('--sub', USER);
  const { status, answer: { jobId } } = await call(user, 'jobs', { jobType: 'of_a_user' });
  assert.equal(status, 201);
  assert.equal((await call(user, `jobs/${jobId}`)).answer.userId, USER);
  assert.equal((await call(await sign(), `jobs/${jobId}`)).status, 404);
  assert.equal((await call(user, 'retry-config')).status, 403);
  assert.equal((await call(await sign('--admin'), 'retry-config')).status, 200);

  const wrong = await token('--folder', folder, '--sub', 'ada');
  assert.deepEqual([wrong.code, wrong.printed], [1, '']);
  assert.match(wrong.said, /^--sub is the user's id, a UUID like [0-9a-f-]{36}\n$/);
});

Deno.test('token: where no platform is, it says so and makes nothing', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-token-' });
  try {
    const { code, printed, said } = await token('--folder', join(folder, 'none'));
    assert.deepEqual([code, printed], [1, '']);
    assert.match(said, /^There is no platform in .*none: deno task start makes one/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
