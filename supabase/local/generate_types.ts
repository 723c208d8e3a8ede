/**
 * `deno task types [--check]`: writes shared/database.types.ts from the migrations; `--check` only compares, and exits 1 on drift.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIfThere } from './files.ts';
import { startPlatform } from './platform.ts';
import { SUPABASE_CLI, supabaseCliEnvironment } from './supabase_cli.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = join(PROJECT, 'shared', 'database.types.ts');
const HEADER = `// Made from supabase/migrations by \`deno task types\`. Do not edit.\n\n`;

const types = HEADER + await format(await generate());
if (!Deno.args.includes('--check')) {
  await Deno.writeTextFile(TARGET, types);
} else if (types !== await readIfThere(TARGET)) {
  console.error('shared/database.types.ts is not what the migrations say: run `deno task types`');
  Deno.exit(1);
}

async function generate(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-types-' });
  await using platform = await startPlatform({
    folder,
    temporary: true,
    functions: false,
    ticks: false,
  });
  // With `--remote` and an address the CLI asks the database itself; without, it wants Docker.
  const remote = `--remote=${platform.projectDbUrl}`;
  const args = [
    '-y',
    SUPABASE_CLI,
    'gen',
    'types',
    '--schema',
    'public',
    '--workdir',
    folder,
    remote,
  ];
  return await run('npx', args, null, await supabaseCliEnvironment(folder));
}

async function format(types: string): Promise<string> {
  const config = join(PROJECT, 'deno.json');
  return await run(
    Deno.execPath(),
    ['fmt', '--config', config, '--ext', 'ts', '-'],
    types,
    {},
  );
}

async function run(
  command: string,
  args: string[],
  input: string | null,
  env: Record<string, string>,
): Promise<string> {
  const process = new Deno.Command(command, {
    args,
    env: { NO_COLOR: '1', ...env },
    stdin: input === null ? 'null' : 'piped',
    stdout: 'piped',
    stderr: 'piped',
  }).spawn();
  if (input !== null) await new Response(input).body?.pipeTo(process.stdin);
  const { success, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  if (!success) {
    throw new Error(`Cannot run ${command} ${args.join(' ')}: ${decoder.decode(stderr)}`);
  }
  return decoder.decode(stdout);
}
