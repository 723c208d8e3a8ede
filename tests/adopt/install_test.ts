import assert from 'node:assert/strict';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { makeTheirApp, type TheirApp } from '../install/their_app.ts';
import { supabase } from '../local/supabase_command.ts';
import { openOldDatabase } from './old_database.ts';

const OLD_DESIGN = 'create table if not exists public.puppet_jobs (id uuid primary key);\n';

async function push(app: TheirApp): Promise<number | undefined> {
  const { code, reply, stderr } = await supabase(app.path, 'db', 'push', '--yes');
  assert.equal(code, 0, stderr);
  return reply.migrations?.length;
}

Deno.test('adoption: the installer follows it, a push finds nothing to do, and what is new is pushed', async () => {
  await using old = await openOldDatabase('plain');
  await using app = await makeTheirApp();
  const config = await app.read('supabase/config.toml');
  const port = new URL(old.url).port;
  await app.write(
    'supabase/config.toml',
    config.replace(/^(\[db\][\s\S]*?^port = )\d+/m, `$1${port}`),
  );
  await app.write('supabase/migrations/20250301000000_old_design.sql', OLD_DESIGN);
  assert.equal(await push(app), 3);
  const before = await app.files();

  await adopt(old.url);
  assert.deepEqual((await app.install(undefined, { adopted: true })).problems, []);
  assert.equal(await push(app), 0);
  assert.match(await app.read('supabase/config.toml'), /\[functions\.processor\]/);

  const later = await app.shipment();
  later.chapters.push({ name: 'addition', version: '20270101000000', text: 'select 2;\n' });
  const { changes } = await app.install(later);
  assert.ok(
    changes.some(({ path }) =>
      path === 'supabase/migrations/20260401120001_puppet_retry_addition.sql'
    ),
  );
  assert.equal(await push(app), 1);

  await app.undo();
  assert.deepEqual(await app.files(), before);
});
