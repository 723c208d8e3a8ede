import { z } from 'zod';
import { SUPABASE_CLI } from '../local/supabase_cli.ts';
import type { DeploySettings } from './settings.ts';

/** Runs a command of the Supabase CLI in the project, prints it first, and returns its answer. Throws what the CLI says. */
export async function supabase<Reply>(
  settings: DeploySettings,
  schema: z.ZodType<Reply>,
  ...args: string[]
): Promise<Reply> {
  console.log(`$ npx ${SUPABASE_CLI} ${args.join(' ')}`);
  const { success, stdout, stderr } = await new Deno.Command('npx', {
    args: [
      '-y',
      SUPABASE_CLI,
      ...args,
      '--yes',
      '--workdir',
      settings.project,
      '--output-format',
      'json',
    ],
    env: { ...settings.cliEnvironment, NO_COLOR: '1' },
    clearEnv: true,
    stdin: 'null',
  }).output();
  const [text, words] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const reply = schema.safeParse(parseJson(text));
  if (success && reply.success) return reply.data;
  throw new Error(`supabase ${args.slice(0, 2).join(' ')} failed:\n${words}${text}`);
}

function parseJson(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
