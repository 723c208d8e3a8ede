import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { makeTheirApp, type TheirApp } from './their_app.ts';

const MAIN = fileURLToPath(new URL('../../supabase/install/main.ts', import.meta.url));

async function command(app: TheirApp, ...flags: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ['run', '--allow-all', MAIN, '--into', app.path, ...flags],
    env: { NO_COLOR: '1', SUPABASE_DB_URL: '' },
    stdin: 'null',
    signal: AbortSignal.timeout(60_000),
  }).output();
  return { code, text: [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('') };
}

Deno.test('install: says what it will do, does it, and undo leaves the project as it was', async (t) => {
  await using app = await makeTheirApp();
  const before = await app.files();

  await t.step('--dry-run prints the plan and changes nothing', async () => {
    const { code, text } = await command(app, '--dry-run');
    assert.equal(code, 0);
    assert.match(text, /add +puppet-retry\/functions\/api\/ +\d+ files/);
    assert.match(text, /add +supabase\/migrations\/ +\d+ files/);
    assert.match(text, /change +supabase\/config\.toml/);
    assert.deepEqual(await app.files(), before);
  });

  await t.step('without --yes and a terminal nothing is changed', async () => {
    const { code, text } = await command(app);
    assert.equal(code, 1);
    assert.match(text, /Nothing was changed/);
    assert.deepEqual(await app.files(), before);
  });

  await t.step('--yes installs, and what was there is as it was', async () => {
    const { code, text } = await command(app, '--yes');
    assert.equal(code, 0, text);
    const after = await app.files();
    for (const [path, content] of Object.entries(before)) {
      if (path === 'supabase/config.toml') assert.ok(after[path]!.startsWith(content));
      else assert.equal(after[path], content, path);
    }
    assert.ok('puppet-retry/functions/api/index.ts' in after);
    assert.ok('puppet-retry/functions/processor/index.ts' in after);
    assert.ok('puppet-retry/shared/cron_processor.ts' in after);
    assert.match(after['supabase/config.toml']!, /\[functions\.processor\]\nenabled = true\n/);
  });

  await t.step('nothing of tests, the local platform or the seed comes along', async () => {
    const added = Object.keys(await app.files()).filter((path) => !(path in before));
    assert.deepEqual(
      added.filter((path) => !/^(puppet-retry\/|supabase\/migrations\/\d{14}_)/.test(path)),
      [],
    );
    assert.deepEqual(added.filter((path) => /test|local|seed\.sql|node_modules/.test(path)), []);
    assert.doesNotMatch(await app.read('puppet-retry/deno.json'), /postgres|openapi-fetch|jose/);
  });

  await t.step('a second time there is nothing to change', async () => {
    const once = await app.files();
    const { code, text } = await command(app, '--yes');
    assert.equal(code, 0);
    assert.match(text, /Nothing to change/);
    assert.deepEqual(await app.files(), once);
  });

  await t.step('what is installed type-checks with its own import map', async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        'check',
        '--quiet',
        '--no-lock',
        'functions/api/index.ts',
        'functions/processor/index.ts',
      ],
      cwd: `${app.path}/puppet-retry`,
      signal: AbortSignal.timeout(120_000),
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  });

  await t.step(
    '--undo says how to drop the schema, and takes out exactly what was added',
    async () => {
      const { code, text } = await command(app, '--undo', '--yes');
      assert.equal(code, 0);
      assert.match(text, /drop schema if exists puppet_private cascade/);
      assert.deepEqual(await app.files(), before);
    },
  );
});

Deno.test('install: the chapters follow the last migration, one second apart, each time the same', async () => {
  await using app = await makeTheirApp();
  const names = async () =>
    Object.keys(await app.files()).filter((path) => path.includes('_puppet_retry_')).sort();
  await app.install();
  const first = await names();
  assert.match(first[0]!, /\/20260401120001_puppet_retry_foundation\.sql$/);
  assert.match(first[1]!, /\/20260401120002_puppet_retry_settings\.sql$/);
  assert.equal(first.length, (await app.shipment()).chapters.length);
  await app.undo();
  await app.install();
  assert.deepEqual(await names(), first);
});

Deno.test('install: one that was cut off is made good by the next', async () => {
  await using app = await makeTheirApp();
  const before = await app.files();
  await app.install();
  const whole = await app.files();
  for (const path of Object.keys(whole)) {
    const isOurs = !(path in before) && !path.endsWith('/') && !path.endsWith('installed.json');
    if (isOurs && /shared|_puppet_retry_/.test(path)) await Deno.remove(`${app.path}/${path}`);
  }
  await app.write('supabase/config.toml', before['supabase/config.toml']!);
  const plan = await app.install();
  assert.deepEqual(plan.problems, []);
  assert.deepEqual(await app.files(), whole);
  await app.undo();
  assert.deepEqual(await app.files(), before);
});
