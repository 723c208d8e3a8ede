import { homedir } from 'node:os';
import { join } from 'node:path';

/** The npm package of the Supabase CLI that tests and tasks use. */
export const SUPABASE_CLI = 'supabase@3.1.0';

/** Lets the CLI keep its settings and temporary files in `folder`, and npm its cache where it is. */
export async function supabaseCliEnvironment(folder: string): Promise<Record<string, string>> {
  const home = join(folder, 'supabase-cli');
  await Deno.mkdir(home, { recursive: true });
  return {
    HOME: home,
    TMPDIR: home,
    NPM_CONFIG_CACHE: Deno.env.get('NPM_CONFIG_CACHE') ?? join(homedir(), '.npm'),
    NPM_CONFIG_USERCONFIG: Deno.env.get('NPM_CONFIG_USERCONFIG') ?? join(homedir(), '.npmrc'),
    SUPABASE_TELEMETRY_DISABLED: '1',
    // Without it the CLI tries TLS first, and tells of it among its output.
    PGSSLMODE: 'disable',
  };
}
