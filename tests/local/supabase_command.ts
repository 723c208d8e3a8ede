import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { SUPABASE_CLI, supabaseCliEnvironment } from '../../supabase/local/supabase_cli.ts';

const CLI_LIMIT_MS = 120_000;

/** What the CLI's advisors found. */
export interface Advice {
  name: string;
  level: string;
  metadata: { schema: string; name: string };
}

export interface CliRun {
  code: number;
  stderr: string;
  reply: {
    upToDate?: boolean;
    migrations?: unknown[];
    results?: Advice[];
  };
}

/** Runs the CLI as somebody would for the folder `project`; its own files go beside that folder. */
export async function runSupabase(
  project: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = await supabaseCliEnvironment(dirname(project));
  program ??= findProgram();
  await skipUpdateCheck(project);
  const { code, stdout, stderr } = await new Deno.Command(await program, {
    args: [...args, '--workdir', project],
    env: { ...withoutOurSettings(), NO_COLOR: '1', ...env },
    clearEnv: true,
    stdin: 'null',
    signal: AbortSignal.timeout(CLI_LIMIT_MS),
  }).output();
  const [text = '', words = ''] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: text, stderr: words };
}

/** Keeps the CLI from asking GitHub for its latest release, which takes long where there is no way out. */
export async function skipUpdateCheck(project: string): Promise<void> {
  const folder = join(project, 'supabase', '.temp');
  await Deno.mkdir(folder, { recursive: true });
  // Where it notes the answer; it does not ask again for hours.
  await Deno.writeTextFile(join(folder, 'cli-latest'), '');
}

let program: Promise<string> | undefined;

/** Where npx keeps the CLI; asked once, since npx takes as long as most of the commands. */
async function findProgram(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command('npx', {
    args: ['-y', `--package=${SUPABASE_CLI}`, '-c', 'command -v supabase'],
    stdin: 'null',
    signal: AbortSignal.timeout(CLI_LIMIT_MS),
  }).output();
  const [path = '', words = ''] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success && path.trim() !== '', `npx does not find the Supabase CLI: ${words}`);
  return path.trim();
}

/** The same with the answer in JSON; fails if it is not. */
export async function supabase(project: string, ...args: string[]): Promise<CliRun> {
  const { code, stdout, stderr } = await runSupabase(project, ...args, '--output-format', 'json');
  assert.match(stdout, /^\{/, `supabase ${args.join(' ')}: ${stderr}`);
  return { code, stderr, reply: JSON.parse(stdout) };
}

/** The CLI reads names like SUPABASE_URL as settings of its own; the tests' are of another platform. */
function withoutOurSettings(): Record<string, string> {
  const settings = Object.entries(Deno.env.toObject());
  return Object.fromEntries(settings.filter(([name]) => !name.startsWith('SUPABASE_')));
}
