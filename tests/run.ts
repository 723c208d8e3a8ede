import { startPlatform } from '../supabase/local/platform.ts';

/**
 * Runs the tests with a local platform of their own: `deno task test [files or deno test flags]`.
 *
 * Tests find the platform in the environment, under the names that `.local/env` uses. Tests that
 * disturb (outages, kills, ticks) start a platform for themselves.
 */
async function main(args: string[]): Promise<number> {
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-test-' }),
    temporary: true,
    ticks: false,
    functions: false,
    logger: (line) => console.error(line),
  });
  const chosen = args.some((arg) => !arg.startsWith('-')) ? args : [...args, 'tests/'];
  const tests = new Deno.Command(Deno.execPath(), {
    args: ['test', '--allow-all', '--quiet', ...chosen],
    env: platform.env,
  }).spawn();
  const { code } = await tests.status;
  return code;
}

Deno.exit(await main(Deno.args));
