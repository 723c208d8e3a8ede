import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { INLINED } from '../database/house_rules.ts';
import { type Advice, supabase } from './supabase_command.ts';

const SUPABASE = fileURLToPath(new URL('../../supabase', import.meta.url));

const BREACH = `
  create table public.bad_guest (id int primary key);
  grant select on public.bad_guest to anon;
  create function public.bad_guest_count() returns bigint
  language sql as 'select count(*) from public.bad_guest';
`;

const INLINED_WARNINGS = INLINED.map((name) =>
  `function_search_path_mutable puppet_private.${name}`
);

/** A copy of what the CLI reads, with the platform's port: it writes into the folder that it works in. */
async function copyProject(project: string, platform: Platform): Promise<string[]> {
  const migrations = join(project, 'supabase', 'migrations');
  await Deno.mkdir(migrations, { recursive: true });
  const config = await Deno.readTextFile(join(SUPABASE, 'config.toml'));
  const port = new URL(platform.projectDbUrl).port;
  const changed = config.replace(/^(\[db\]\nport = )\d+/m, `$1${port}`);
  assert.notEqual(changed, config, 'config.toml has no [db] port');
  await Deno.writeTextFile(join(project, 'supabase', 'config.toml'), changed);
  const names = await Array.fromAsync(Deno.readDir(join(SUPABASE, 'migrations')), (e) => e.name);
  for (const name of names) {
    await Deno.copyFile(join(SUPABASE, 'migrations', name), join(migrations, name));
  }
  return names.filter((name) => name.endsWith('.sql')).sort();
}

async function ownersOfOurObjects(platform: Platform): Promise<string[]> {
  return await withDatabase(platform.dbUrl, async (sql) => {
    const rows = await sql<{ owner: string }[]>`
      select distinct pg_get_userbyid(o.owner) as owner
      from (
        select c.relnamespace, c.relowner from pg_class c
        union all
        select p.pronamespace, p.proowner from pg_proc p
        union all
        select n.oid, n.nspowner from pg_namespace n
      ) o (namespace, owner)
      where o.namespace::regnamespace::text in ('public', 'puppet_private', 'supabase_migrations')
    `;
    return rows.map(({ owner }) => owner);
  });
}

function names(results: Advice[] | undefined): string[] {
  return (results ?? []).map(({ name, metadata }) => `${name} ${metadata.schema}.${metadata.name}`)
    .sort();
}

Deno.test('supabase CLI: pushes the migrations, lists them, and its advisors are content', async (t) => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  await using platform = await startPlatform({
    folder,
    temporary: true,
    migrate: false,
    functions: false,
    ticks: false,
  });
  const project = join(folder, 'project');
  const migrations = await copyProject(project, platform);

  await t.step('db push applies every migration, as postgres', async () => {
    const { code, reply, stderr } = await supabase(project, 'db', 'push', '--yes');
    assert.equal(code, 0, stderr);
    assert.deepEqual(reply.migrations, migrations);
    assert.deepEqual(await ownersOfOurObjects(platform), ['postgres']);
  });

  await t.step('a second push finds nothing to do', async () => {
    const { code, reply } = await supabase(project, 'db', 'push', '--yes');
    assert.deepEqual([code, reply.upToDate, reply.migrations], [0, true, []]);
  });

  await t.step('migration list shows each as applied', async () => {
    const { code, reply } = await supabase(project, 'migration', 'list');
    const applied = migrations.map((name) => name.slice(0, 14));
    const rows = reply.migrations as { local: string; remote: string }[];
    assert.equal(code, 0);
    assert.deepEqual(rows.map(({ local, remote }) => [local, remote]), applied.map((v) => [v, v]));
  });

  await t.step(
    'db advisors warns of the functions that are inlined, and of nothing else',
    async () => {
      const { code, reply, stderr } = await supabase(
        project,
        'db',
        'advisors',
        '--fail-on',
        'error',
      );
      assert.deepEqual(names(reply.results), INLINED_WARNINGS);
      assert.equal(code, 0, stderr);
    },
  );

  await t.step('a migration that breaks the rules is pushed alone, and found', async () => {
    const name = '99990101000000_bad_guest.sql';
    await Deno.writeTextFile(join(project, 'supabase', 'migrations', name), BREACH);
    const push = await supabase(project, 'db', 'push', '--yes');
    assert.deepEqual(push.reply.migrations, [name]);
    const advisors = await supabase(project, 'db', 'advisors', '--fail-on', 'warn');
    assert.notEqual(advisors.code, 0);
    assert.deepEqual(names(advisors.reply.results), [
      'function_search_path_mutable public.bad_guest_count',
      ...INLINED_WARNINGS,
      'rls_disabled_in_public public.bad_guest',
    ]);
  });
});
