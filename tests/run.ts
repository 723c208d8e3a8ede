import { startPlatform } from '../supabase/local/platform.ts';

/**
 * Runs the tests with a local platform of their own:
 * `deno task test [--postgres system] [files or deno test flags]`.
 *
 * Tests find the platform in the environment, under the names that `.local/env` uses. Tests that
 * disturb (outages, kills, ticks) start a platform for themselves. With `--postgres system` all
 * platforms run on Debian's Postgres with its real pg_cron, and the tests that need it run too.
 */
async function main(args: string[]): Promise<number> {
  const onSystem = args[0] === '--postgres' && args[1] === 'system';
  if (onSystem) Deno.env.set('PUPPET_POSTGRES', 'system');
  const flags = onSystem ? args.slice(2) : args;
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-test-' }),
    temporary: true,
    ticks: false,
    functions: false,
    logger: (line) => console.error(line),
  });
  const tests = new Deno.Command(Deno.execPath(), {
    args: ['test', '--allow-all', '--quiet', ...flags, ...namesFiles(flags) ? [] : all(onSystem)],
    env: platform.env,
  }).spawn();
  const { code } = await tests.status;
  return code;
}

function namesFiles(flags: string[]): boolean {
  return flags.some((flag) => !flag.startsWith('-'));
}

function all(onSystem: boolean): string[] {
  return onSystem ? ['tests/'] : ['tests/', '--ignore=tests/system/'];
}

Deno.exit(await main(Deno.args));
