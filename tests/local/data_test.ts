import assert from 'node:assert/strict';
import { join } from 'node:path';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { FolderTaken } from '../../supabase/local/platform_folder.ts';
import { startTiny, TINY_PROJECT } from './tiny_platform.ts';

const QUIET = { project: TINY_PROJECT, functions: false, ticks: false, durable: false };

async function notes(platform: Platform): Promise<string[]> {
  return await withDatabase(platform.dbUrl, async (sql) => {
    const rows = await sql<{ note: string }[]>`select note from public.notes order by id`;
    return rows.map(({ note }) => note);
  });
}

Deno.test('data, keys and addresses are kept from run to run; fresh drops the data only', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const first = await startPlatform({ ...QUIET, folder });
  await withDatabase(first.dbUrl, (sql) => sql`insert into public.notes (note) values ('kept')`);
  await first.stop();

  const second = await startPlatform({ ...QUIET, folder });
  assert.deepEqual(await notes(second), ['kept']);
  assert.deepEqual(second.env, first.env);
  await second.stop();

  await using third = await startPlatform({ ...QUIET, folder, fresh: true, temporary: true });
  assert.deepEqual(await notes(third), []);
  assert.deepEqual(third.keys, first.keys);
});

Deno.test('secrets are for their owner only', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  await using _platform = await startTiny({ ...QUIET, folder });
  for (const file of ['env', 'keys.json', 'logs/postgres.log']) {
    const { mode } = await Deno.stat(join(folder, file));
    assert.equal((mode ?? 0) & 0o077, 0, file);
  }
});

Deno.test('the password of one platform does not open another', async () => {
  await using one = await startTiny(QUIET);
  await using other = await startTiny(QUIET);
  const url = new URL(one.dbUrl);
  url.port = new URL(other.dbUrl).port;
  await assert.rejects(withDatabase(url.href, (sql) => sql`select`), /password authentication/);
});

Deno.test('a second platform on the folder is refused, by name of the first', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  await using platform = await startTiny({ ...QUIET, folder });
  await assert.rejects(startPlatform({ ...QUIET, folder }), (error) => {
    assert.ok(error instanceof FolderTaken);
    assert.equal(error.holder, String(Deno.pid));
    return true;
  });
  assert.deepEqual(await notes(platform), []);
});

Deno.test('a wrong migration is told by file and line, leaves nothing behind and nothing running', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const project = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  const migrations = join(project, 'supabase', 'migrations');
  const file = join(migrations, '20260101000000_wrong.sql');
  await Deno.mkdir(migrations, { recursive: true });
  await Deno.writeTextFile(file, '-- é\ncreate table public.made ();\n\nselect * from nowhere;\n');
  await assert.rejects(
    startPlatform({ ...QUIET, folder, project }),
    /Cannot apply 20260101000000_wrong\.sql, line 4: relation "nowhere" does not exist \(42P01\)/,
  );

  await Deno.writeTextFile(file, 'create table public.made ();\n');
  await using platform = await startPlatform({ ...QUIET, folder, project, temporary: true });
  await withDatabase(platform.dbUrl, async (sql) => {
    const rows = await sql`select version, name from supabase_migrations.schema_migrations`;
    assert.deepEqual({ ...rows[0] }, { version: '20260101000000', name: 'wrong' });
  });
  await Deno.remove(project, { recursive: true });
});
