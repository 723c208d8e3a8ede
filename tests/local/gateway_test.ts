import assert from 'node:assert/strict';
import type { Platform } from '../../supabase/local/platform.ts';
import { eventually, startTiny } from './tiny_platform.ts';

async function whoCalls(
  platform: Platform,
  headers: Record<string, string>,
): Promise<{ status: number; role?: string; user?: string; message?: string }> {
  const response = await fetch(`${platform.url}/rest/v1/rpc/who_calls`, {
    method: 'POST',
    headers,
  });
  return { status: response.status, ...await response.json() };
}

Deno.test('keys and tokens give the roles that they give on hosted Supabase', async (t) => {
  await using platform = await startTiny({ functions: false, ticks: false });
  const { publishable, secret, anon, serviceRole } = platform.keys;
  const sub = crypto.randomUUID();
  const token = `Bearer ${await platform.signUserJwt({ sub })}`;
  const cases: [string, Record<string, string>, number, string | undefined][] = [
    ['secret key', { apikey: secret }, 200, 'service_role'],
    ['publishable key', { apikey: publishable }, 200, 'anon'],
    ['secret key as a bearer', { authorization: `Bearer ${secret}` }, 200, 'service_role'],
    [
      'secret key in both',
      { apikey: secret, authorization: `Bearer ${secret}` },
      200,
      'service_role',
    ],
    ['legacy service key', { apikey: serviceRole }, 200, 'service_role'],
    ['legacy anon key in both', { apikey: anon, authorization: `Bearer ${anon}` }, 200, 'anon'],
    ['user token', { apikey: publishable, authorization: token }, 200, 'authenticated'],
    [
      'user token wins over a secret key',
      { apikey: secret, authorization: token },
      200,
      'authenticated',
    ],
    ['user token alone', { authorization: token }, 401, undefined],
    ['nothing', {}, 401, undefined],
    ['unknown key', { apikey: 'sb_secret_guessed' }, 401, undefined],
    ['forged token', { apikey: publishable, authorization: `${token}x` }, 401, undefined],
  ];
  for (const [name, headers, status, role] of cases) {
    await t.step(name, async () => {
      const answer = await whoCalls(platform, headers);
      assert.equal(answer.status, status);
      assert.equal(answer.role, role);
      if (role === 'authenticated') assert.equal(answer.user, sub);
    });
  }
});

Deno.test('functions are served as hosted Supabase serves them', async (t) => {
  const lines: string[] = [];
  await using platform = await startTiny({ ticks: false, logger: (line) => lines.push(line) });
  const echo = platform.functions['echo'];
  assert.ok(echo);

  await t.step(
    'one sees its own path, the headers and hosted names in its environment',
    async () => {
      const response = await fetch(`${platform.url}/functions/v1/echo/deep/path?x=1`, {
        method: 'POST',
        headers: { apikey: 'anything' },
        body: 'hello',
      });
      const seen = await response.json();
      assert.equal(seen.path, '/echo/deep/path?x=1');
      assert.equal(seen.apikey, 'anything');
      assert.equal(seen.body, 'hello');
      for (
        const name of ['SUPABASE_URL', 'SUPABASE_SECRET_KEYS', 'SUPABASE_JWKS', 'SB_EXECUTION_ID']
      ) {
        assert.ok(seen.environment.includes(name), name);
      }
    },
  );

  await t.step('one without an entry is not found, with one line of warning', async () => {
    assert.equal(await functionStatus(platform, 'absent'), 404);
    assert.equal(lines.filter((line) => line.includes('absent is not served')).length, 1);
  });

  await t.step('one that ended by itself is started again at the next request', async () => {
    Deno.kill(echo.pid ?? 0, 'SIGKILL');
    await eventually(() => Promise.resolve(echo.pid === null));
    assert.equal(await functionStatus(platform, 'echo'), 200);
  });

  await t.step('one that was killed is away until it is restarted', async () => {
    await echo.kill('SIGKILL');
    assert.equal(echo.pid, null);
    assert.equal(await functionStatus(platform, 'echo'), 503);
    await echo.restart();
    assert.equal(await functionStatus(platform, 'echo'), 200);
  });

  await t.step('one that is told to end hears of it and finishes its background work', async () => {
    await functionStatus(platform, 'echo?later=300');
    await echo.kill('SIGTERM');
    assert.deepEqual(lines.slice(-2), ['echo: beforeunload: terminated', 'echo: later']);
  });
});

Deno.test('a hook can drop and repeat requests', async () => {
  await using platform = await startTiny({ functions: false, ticks: false });
  const headers = { apikey: platform.keys.secret };
  let calls = 0;
  platform.intercept(async (request, forward) => {
    calls += 1;
    const copy = request.clone();
    await (await forward(request)).body?.cancel();
    return await forward(copy);
  });
  assert.equal((await whoCalls(platform, headers)).role, 'service_role');
  platform.intercept(() => Promise.resolve(Response.json({}, { status: 504 })));
  assert.equal((await whoCalls(platform, headers)).status, 504);
  platform.intercept(null);
  assert.equal((await whoCalls(platform, headers)).status, 200);
  assert.equal(calls, 1);
});

async function functionStatus(platform: Platform, path: string): Promise<number> {
  const response = await fetch(`${platform.url}/functions/v1/${path}`);
  await response.body?.cancel();
  return response.status;
}
