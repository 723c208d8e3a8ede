/**
 * `deno task start [--fresh] [--demo] [--folder DIR]`: the whole system on this machine, until Ctrl-C.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFlags } from './flags.ts';
import { plantSeed } from './demo.ts';
import { type Platform, startPlatform } from './platform.ts';
import { FolderTaken } from './platform_folder.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

// Those of the Supabase CLI, which finds this database by `[db] port` in config.toml.
const CUSTOMARY_PORTS = { gateway: 54321, postgres: 54322 };

const flags = readFlags('start', {
  fresh: { type: 'boolean', default: false },
  demo: { type: 'boolean', default: false },
  folder: { type: 'string', default: join(PROJECT, '.local') },
});

const platform = await startOrExplain();
try {
  if (flags.demo) await plantSeed(platform, join(PROJECT, 'supabase', 'seed.sql'));
} catch (error) {
  await platform.stop();
  throw error;
}
describe(platform, flags.folder);
await wakeProcessor(platform);

async function startOrExplain(): Promise<Platform> {
  try {
    return await startPlatform({
      folder: flags.folder,
      fresh: flags.fresh,
      ports: CUSTOMARY_PORTS,
      logger: console.log,
    });
  } catch (error) {
    if (!(error instanceof FolderTaken)) throw error;
    console.error(`${error.message}.\nStop it first, or start another one with --folder DIR.`);
    Deno.exit(1);
  }
}

/** A run that is not waited for, so that the processor registers the job types that it can handle. */
async function wakeProcessor(platform: Platform): Promise<void> {
  if (!platform.functions['processor']) return;
  const response = await fetch(platform.processorUrl, {
    method: 'POST',
    headers: { apikey: platform.keys.secret, 'content-type': 'application/json' },
    body: '{}',
  });
  const text = await response.text();
  if (!response.ok) console.warn(`The processor's first run failed: ${response.status} ${text}`);
}

function describe(platform: Platform, folder: string): void {
  console.log(`
Puppet Retry runs on this machine. Ctrl-C stops it.

  API          ${platform.url}
  processor    ${platform.processorUrl}
  database     ${platform.projectDbUrl}
  keys         SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY and more in ${join(folder, 'env')}
  logs         ${join(folder, 'logs')}
`);
}
