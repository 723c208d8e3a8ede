import { startPlatform } from '../supabase/local/platform.ts';

/** The level of Deno that the hosted edge runtime has; it trails. It cannot read our lock file. */
const HOSTED_DENO = 'deno@2.1.4';

/** Checks functions/ and shared/ and runs their tests as the hosted runtime would. */
async function main(): Promise<number> {
  const checked = await deno(['check', '--no-lock', ...await sources()], {});
  if (checked !== 0) return checked;
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-edge-' }),
    temporary: true,
    ticks: false,
    functions: false,
    logger: (line) => console.error(line),
  });
  const tests = ['test', '--no-lock', '--allow-all', 'tests/shared/', 'tests/functions/'];
  return await deno(tests, platform.env);
}

async function sources(): Promise<string[]> {
  const shared = await Array.fromAsync(Deno.readDir('shared'), ({ name }) => `shared/${name}`);
  const functions = await Array.fromAsync(Deno.readDir('functions'), ({ name }) => name);
  const entries = functions.map((name) => `functions/${name}/index.ts`);
  return [...shared, ...entries].filter((path) => path.endsWith('.ts') && exists(path));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function deno(args: string[], env: Record<string, string>): Promise<number> {
  const command = new Deno.Command('npx', {
    args: ['-y', HOSTED_DENO, ...args],
    // Its own certificates are those of its day.
    env: { ...env, DENO_TLS_CA_STORE: 'system', DENO_NO_UPDATE_CHECK: '1' },
  });
  return (await command.spawn().status).code;
}

Deno.exit(await main());
