import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { applyPlan } from '../../supabase/install/apply.ts';
import { readManifest } from '../../supabase/install/manifest.ts';
import { planInstall } from '../../supabase/install/plan.ts';
import type { Shipment } from '../../supabase/install/shipment.ts';
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
  let plannedBlock = '';

  await t.step('--dry-run prints the plan and changes nothing', async () => {
    const { code, text } = await command(app, '--dry-run');
    assert.equal(code, 0);
    assert.match(text, /add +puppet-retry\/functions\/api\/ +\d+ files/);
    assert.match(text, /add +supabase\/migrations\/ +\d+ files/);
    assert.match(text, /change +supabase\/config\.toml/);
    plannedBlock = /^# >>> puppet-retry[\s\S]*^# <<< puppet-retry\n/m.exec(text)?.[0] ?? '';
    assert.match(plannedBlock, /\[functions\.api\]\n[\s\S]*\[functions\.processor\]\n/);
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
    const byHand = /select arm_ticks\(.*\);\n *select tick_retry_processor\(true\);/;
    assert.match(text, byHand);
    assert.match(await app.read('puppet-retry/README.md'), byHand);
    const after = await app.files();
    for (const [path, content] of Object.entries(before)) {
      if (path === 'supabase/config.toml') assert.ok(after[path]!.startsWith(content));
      else assert.equal(after[path], content, path);
    }
    assert.ok('puppet-retry/functions/api/index.ts' in after);
    assert.ok('puppet-retry/functions/processor/index.ts' in after);
    assert.ok('puppet-retry/shared/cron_processor.ts' in after);
    assert.ok(after['supabase/config.toml']!.endsWith(`\n${plannedBlock}`));
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
    assert.doesNotMatch(text, />>> puppet-retry/);
    assert.deepEqual(await app.files(), once);
  });

  await t.step('a file that they edited is named, though there is nothing to change', async () => {
    const path = 'puppet-retry/shared/errors.ts';
    const ours = await app.read(path);
    await app.write(path, `${ours}// theirs\n`);
    const { code, text } = await command(app, '--yes');
    assert.equal(code, 0);
    assert.match(
      text,
      /Nothing to change[\s\S]*Kept, because you edited it:\n.*shared\/errors\.ts/,
    );
    assert.match(text, /as this version has it, but for what is named above/);
    await app.write(path, ours);
  });

  await t.step(
    '--undo says how to drop the schema, and takes out exactly what was added',
    async () => {
      const { code, text } = await command(app, '--undo', '--yes');
      assert.equal(code, 0);
      assert.match(text, /drop schema if exists puppet_private cascade/);
      assert.doesNotMatch(text, />>> puppet-retry/);
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

/** Installs, and breaks off before the last `left` changes. */
async function installPartly(app: TheirApp, shipment: Shipment, left: number): Promise<void> {
  const installed = await readManifest(app.path);
  const plan = await planInstall(app.path, shipment, installed);
  // A file in a file cannot be written.
  plan.changes.splice(-left, 0, { action: 'add', path: 'package.json/impossible', text: '' });
  await assert.rejects(applyPlan(app.path, plan, installed));
}

Deno.test('install: one that was cut off is made good by the next, an upgrade too', async () => {
  await using app = await makeTheirApp();
  const before = await app.files();
  const first = await app.shipment();
  await installPartly(app, first, 60);
  await installPartly(app, first, 10);
  assert.deepEqual((await app.install(first)).problems, []);
  const whole = await app.files();
  await app.undo();
  assert.deepEqual(await app.files(), before);
  await app.install(first);
  assert.deepEqual(await app.files(), whole);

  const later = await app.shipment();
  for (const file of later.files) file.text += '// later\n';
  await installPartly(app, later, 20);
  const { changes } = await app.install(later);
  assert.equal(changes.length, 20);
  assert.ok(changes.every(({ action }) => action === 'replace'));
  assert.deepEqual(Object.keys(await app.files()), Object.keys(whole));
});

Deno.test('install: files of theirs beside the ones that change stay, whatever they are called', async () => {
  await using app = await makeTheirApp();
  await app.write('supabase/config.toml.draft', 'theirs');
  const before = await app.files();
  await app.install();
  assert.equal((await app.files())['supabase/config.toml.draft'], 'theirs');
  await app.undo();
  assert.deepEqual(await app.files(), before);
});
