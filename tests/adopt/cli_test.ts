import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { INLINED } from '../database/house_rules.ts';
import { type CliRun, supabase } from '../local/supabase_command.ts';
import { openOldDatabase } from './old_database.ts';

const SUPABASE = fileURLToPath(new URL('../../supabase', import.meta.url));
const OWN = '20250301000000_their_own.sql';
// What the advisors say of the older design itself.
const OF_THEIR_OWN = [
  'auth_rls_initplan puppet_before_adoption.puppet_jobs',
  'function_search_path_mutable public.count_waiting_jobs',
  'function_search_path_mutable public.status_of_job',
];

const OF_OURS = INLINED.map((name) => `function_search_path_mutable puppet_private.${name}`);

Deno.test('adoption: afterwards the Supabase CLI finds nothing to push, and pushes what is new', async () => {
  await using old = await openOldDatabase('plain');
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-adopt-cli-' });
  // The CLI's own files go beside the project.
  const project = join(folder, 'project');
  try {
    await writeProject(project, new URL(old.url).port);
    // The project had a migration of its own before, which the CLI recorded.
    assert.deepEqual((await push(project)).migrations, [OWN]);
    await copyChapters(project);

    await adopt(old.url);
    const found = await push(project);
    assert.deepEqual([found.upToDate, found.migrations], [true, []]);
    assert.deepEqual(await advice(project), [...OF_THEIR_OWN, ...OF_OURS].sort());

    const next = '99990101000000_next.sql';
    await writeMigration(project, next, 'create table public.next (id int primary key)');
    assert.deepEqual((await push(project)).migrations, [next]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function writeProject(project: string, port: string): Promise<void> {
  await Deno.mkdir(join(project, 'supabase', 'migrations'), { recursive: true });
  const config = await Deno.readTextFile(join(SUPABASE, 'config.toml'));
  await Deno.writeTextFile(
    join(project, 'supabase', 'config.toml'),
    config.replace(/^(\[db\]\nport = )\d+/m, `$1${port}`),
  );
  await writeMigration(project, OWN, 'create table public.theirs (id int primary key)');
}

async function writeMigration(project: string, name: string, script: string): Promise<void> {
  await Deno.writeTextFile(join(project, 'supabase', 'migrations', name), script);
}

async function copyChapters(project: string): Promise<void> {
  for await (const { name } of Deno.readDir(join(SUPABASE, 'migrations'))) {
    const script = await Deno.readTextFile(join(SUPABASE, 'migrations', name));
    await writeMigration(project, name, script);
  }
}

async function advice(project: string): Promise<string[]> {
  const { reply: { results } } = await supabase(project, 'db', 'advisors');
  return (results ?? []).map(({ name, metadata }) => `${name} ${metadata.schema}.${metadata.name}`)
    .sort();
}

async function push(project: string): Promise<CliRun['reply']> {
  const { code, stderr, reply } = await supabase(project, 'db', 'push', '--yes');
  assert.equal(code, 0, stderr);
  return reply;
}
