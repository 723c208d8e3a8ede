import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { SUPABASE_CLI, supabaseCliEnvironment } from '../../supabase/local/supabase_cli.ts';
import { openOldDatabase } from './old_database.ts';

const SUPABASE = fileURLToPath(new URL('../../supabase', import.meta.url));
const OWN = '20250301000000_their_own.sql';
const CLI_LIMIT_MS = 120_000;
// What the advisors say of the older design itself, and of nothing that is ours.
const OF_THEIR_OWN = [
  'auth_rls_initplan puppet_before_adoption.puppet_jobs',
  'function_search_path_mutable public.count_waiting_jobs',
  'function_search_path_mutable public.status_of_job',
];

Deno.test('adoption: afterwards the Supabase CLI finds nothing to push, and pushes what is new', async () => {
  await using old = await openOldDatabase('plain');
  const project = await Deno.makeTempDir({ prefix: 'puppet-retry-adopt-cli-' });
  try {
    await writeProject(project, new URL(old.url).port);
    // The project had a migration of its own before, which the CLI recorded.
    assert.deepEqual((await push(project)).migrations, [OWN]);
    await copyChapters(project);

    await adopt(old.url);
    const found = await push(project);
    assert.deepEqual([found.upToDate, found.migrations], [true, []]);
    assert.deepEqual(await advice(project), OF_THEIR_OWN);

    const next = '99990101000000_next.sql';
    await writeMigration(project, next, 'create table public.next (id int primary key)');
    assert.deepEqual((await push(project)).migrations, [next]);
  } finally {
    await Deno.remove(project, { recursive: true });
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

interface Reply {
  upToDate?: boolean;
  migrations?: string[];
  results?: { name: string; metadata: { schema: string; name: string } }[];
}

async function advice(project: string): Promise<string[]> {
  const { results } = await supabase(project, 'db', 'advisors');
  return (results ?? []).map(({ name, metadata }) => `${name} ${metadata.schema}.${metadata.name}`)
    .sort();
}

const push = (project: string) => supabase(project, 'db', 'push', '--yes');

async function supabase(project: string, ...args: string[]): Promise<Reply> {
  const settings = Object.entries(Deno.env.toObject())
    // The CLI reads names like SUPABASE_URL as settings of its own.
    .filter(([name]) => !name.startsWith('SUPABASE_'));
  const { code, stdout, stderr } = await new Deno.Command('npx', {
    args: [
      ...['-y', SUPABASE_CLI, ...args],
      ...['--workdir', project, '--output-format', 'json'],
    ],
    env: {
      ...Object.fromEntries(settings),
      NO_COLOR: '1',
      ...await supabaseCliEnvironment(project),
    },
    clearEnv: true,
    stdin: 'null',
    signal: AbortSignal.timeout(CLI_LIMIT_MS),
  }).output();
  const [text, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, words);
  return JSON.parse(text ?? '');
}
