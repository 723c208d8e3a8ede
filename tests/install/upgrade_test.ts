import assert from 'node:assert/strict';
import type { Plan } from '../../supabase/install/plan.ts';
import type { Shipment } from '../../supabase/install/shipment.ts';
import { planText } from '../../supabase/install/plan_text.ts';
import { makeTheirApp, type TheirApp } from './their_app.ts';

const API = 'puppet-retry/functions/api/app.ts';
const TICK = 'puppet-retry/functions/processor/tick.ts';
const HANDLERS = 'puppet-retry/functions/processor/handlers/index.ts';

/** The shipment of a later version, in which these files have one more line. */
async function laterVersion(app: TheirApp, ...paths: string[]): Promise<Shipment> {
  const shipment = await app.shipment();
  for (const file of shipment.files) {
    if (paths.includes(file.path)) file.text += '// later\n';
  }
  return shipment;
}

const actions = ({ changes }: Plan) => changes.map(({ action, path }) => `${action} ${path}`);

Deno.test('upgrade: files of ours are replaced, edited ones kept with the new one beside', async () => {
  await using app = await makeTheirApp();
  await app.install();
  await app.write(TICK, 'edited');
  const later = await laterVersion(app, API, TICK);
  const plan = await app.install(later);
  assert.deepEqual(actions(plan), [`replace ${API}`, `add ${TICK}.new`]);
  assert.match(plan.notes.join(), /tick\.ts is kept, since you edited it/);
  assert.match(await app.read(API), /later/);
  assert.equal(await app.read(TICK), 'edited');
  assert.match(await app.read(`${TICK}.new`), /later/);

  const again = await app.install(later);
  assert.deepEqual(actions(again), []);
  assert.match(again.notes.join(), /merge .*tick\.ts\.new into it/);
  assert.deepEqual(again.edited, []);
  await Deno.remove(`${app.path}/${TICK}.new`);
  const merged = await app.install(later);
  assert.deepEqual([actions(merged), merged.notes, merged.edited], [[], [], [TICK]]);
});

Deno.test('upgrade: what they edited is named and kept, whether or not anything else changes', async () => {
  await using app = await makeTheirApp();
  await app.install();
  await app.write(TICK, 'edited');
  await app.write(HANDLERS, 'theirs');
  const chapter = 'supabase/migrations/20260401120002_puppet_retry_settings.sql';
  await app.write(chapter, 'edited');
  const kept = `Kept, because you edited it:\n  - ${TICK}\n  - ${chapter}\n`;
  assert.equal(planText(await app.install()), `Nothing to change.\n\n${kept}`);
  const later = planText(await app.install(await laterVersion(app, API)));
  assert.equal(later, `  replace  ${API}\n\n${kept}`);
  assert.equal(await app.read(TICK), 'edited');
  assert.equal(await app.read(chapter), 'edited');
});

Deno.test('upgrade: an edit that arrives at the new version is no edit any more', async () => {
  await using app = await makeTheirApp();
  await app.install();
  await app.write(TICK, 'edited');
  const later = await laterVersion(app, TICK);
  await app.install(later);
  await app.write(TICK, await app.read(`${TICK}.new`));
  assert.deepEqual(actions(await app.install(later)), [`remove ${TICK}.new`]);
  assert.deepEqual(actions(await app.install(await app.shipment())), [`replace ${TICK}`]);
});

Deno.test('upgrade: handlers are theirs, edited, deleted or left alone', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const later = await laterVersion(app, HANDLERS);
  assert.deepEqual(actions(await app.install(later)), []);
  await app.write(HANDLERS, 'theirs');
  assert.deepEqual(actions(await app.install(later)), []);
  assert.equal(await app.read(HANDLERS), 'theirs');
  await Deno.remove(`${app.path}/${HANDLERS}`);
  assert.deepEqual(actions(await app.install(later)), []);
});

Deno.test('upgrade: a file that is shipped no longer goes, unless it was edited', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const later = await app.shipment();
  later.files = later.files.filter(({ path }) => path !== API && path !== TICK);
  await app.write(TICK, 'edited');
  const plan = await app.install(later);
  assert.deepEqual(actions(plan), [`remove ${API}`]);
  assert.match(plan.notes.join(), /tick\.ts is no longer part/);
  assert.deepEqual((await app.install(later)).notes, []);
});

Deno.test('upgrade: a new chapter comes after everything, their newer migrations too', async () => {
  await using app = await makeTheirApp();
  await app.install();
  await app.write('supabase/migrations/20260501000000_theirs.sql', 'select 1;\n');
  const later = await app.shipment();
  later.chapters.splice(3, 0, { name: 'addition', version: '20260101000150', text: 'select 2;\n' });
  assert.deepEqual(actions(await app.install(later)), [
    'replace puppet-retry/uninstall.sql',
    'add supabase/migrations/20260501000001_puppet_retry_addition.sql',
  ]);
  assert.match(
    await app.read('puppet-retry/uninstall.sql'),
    /'20260501000001', 'puppet_retry_addition'/,
  );
});

Deno.test('upgrade: a chapter that changed is reported, and its file stays', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const later = await app.shipment();
  later.chapters[1]!.text += '-- later\n';
  const file = 'supabase/migrations/20260401120002_puppet_retry_settings.sql';
  const installed = await app.read(file);
  const plan = await app.install(later);
  assert.deepEqual(actions(plan), [`add ${file}.new`]);
  assert.match(plan.notes.join(), /settings\.sql is kept, since it may be applied/);
  assert.equal(await app.read(file), installed);
  assert.deepEqual(actions(await app.install(later)), []);
});

Deno.test('upgrade: their own import in the import map survives', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const mine = '{ "imports": { "mine": "npm:mine@1.0.0" } }';
  await app.write('puppet-retry/deno.json', mine);
  await app.install();
  assert.equal(await app.read('puppet-retry/deno.json'), mine);
});

Deno.test('undo: what they edited or added stays, and is named', async () => {
  await using app = await makeTheirApp();
  const before = await app.files();
  await app.install();
  await app.write(HANDLERS, 'theirs');
  await app.write('puppet-retry/functions/processor/handlers/mail.ts', 'theirs');
  const { notes } = await app.undo();
  assert.match(notes.join(), /handlers\/index\.ts is kept/);
  const kept = Object.keys(await app.files()).filter((path) =>
    !(path in before) && !path.endsWith('/')
  );
  assert.deepEqual(kept.sort(), [HANDLERS, 'puppet-retry/functions/processor/handlers/mail.ts']);
  // And they are taken up again by the next installation.
  assert.deepEqual((await app.install()).problems, []);
  assert.equal(await app.read(HANDLERS), 'theirs');
});

Deno.test('undo: a block in config.toml that they edited stays, and is named', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const config = await app.read('supabase/config.toml');
  const edited = config.replace(
    '[functions.api]\nenabled = true',
    '[functions.api]\nenabled = false',
  );
  assert.notEqual(edited, config);
  await app.write('supabase/config.toml', edited);
  assert.match((await app.install()).notes.join(), /you edited our block/);
  assert.match((await app.undo()).notes.join(), /our block in it was edited/);
  assert.equal(await app.read('supabase/config.toml'), edited);
});
