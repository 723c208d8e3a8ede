import { join } from 'node:path';
import { type Child, spawnChild } from './child_process.ts';
import type { Guard } from './guard.ts';
import { freePort } from './ports.ts';
import { initialiseData } from './postgres_data.ts';
import { type PostgresHome, removeData } from './postgres_home.ts';
import { forgetForeignPid } from './orphans.ts';

export interface PostgresOptions {
  home: PostgresHome;
  /** Removes the data of earlier runs first. */
  fresh: boolean;
  /** Its port in the last run, taken again if it is free. */
  preferredPort: number | undefined;
  /** Of the superuser `supabase_admin`; used when the data folder is made. */
  adminPassword: string;
  /** Whether the jobs of cron.job run. */
  ticks: boolean;
  /** False makes tests faster: a crash of the machine (not of Postgres) may then lose data, and the data is a copy of a blank one at first. */
  durable: boolean;
  /** Further settings by name. */
  settings: Record<string, string>;
  logFile: string;
  guard: Guard;
}

/** A Postgres server on 127.0.0.1; it keeps its port over stops and starts. */
export interface PostgresServer {
  readonly port: number;
  start(): Promise<void>;
  /** Stops as `how` says, by default fast. Does nothing if it is not running. */
  stop(how?: StopMode): Promise<void>;
}

/** As for `pg_ctl stop`: fast ends connections in order, immediate is a crash that the next start recovers from. */
export type StopMode = 'fast' | 'immediate';

const PATIENCE_MS = 10_000;
const START_LIMIT_MS = 60_000;
const READY = 'database system is ready to accept connections';
const PORT_TAKEN = 'could not bind IPv4 address';

/** Makes the data folder if needed and starts the server; throws with Postgres's last lines if it does not come up. */
export async function startPostgresServer(options: PostgresOptions): Promise<PostgresServer> {
  await forgetForeignPid(options.home.data);
  if (options.fresh) await removeData(options.home);
  await initialiseData(options.home, options.adminPassword, options.durable);
  let port = freePort(options.preferredPort);
  let running: Child | null = null;
  const server = {
    get port() {
      return port;
    },
    async start() {
      running ??= await launch(options, port);
    },
    async stop(how: StopMode = 'fast') {
      const child = running;
      running = null;
      await child?.stop(how === 'fast' ? 'SIGINT' : 'SIGQUIT', PATIENCE_MS, 'SIGQUIT');
    },
  };
  for (let attempt = 1;; attempt++) {
    try {
      await server.start();
      return server;
    } catch (error) {
      // Somebody took the port between our look and Postgres's.
      if (!(error instanceof PortTaken) || attempt === 5) throw error;
      port = freePort();
    }
  }
}

class PortTaken extends Error {}

async function launch(options: PostgresOptions, port: number): Promise<Child> {
  const { tree, data, owner } = options.home;
  const lastLines: string[] = [];
  const ready = Promise.withResolvers<void>();
  const child = spawnChild({
    command: join(tree.path, 'bin', 'postgres'),
    args: ['-D', data, ...settings(port, options)],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' },
    owner,
    logFile: options.logFile,
    guard: options.guard,
    onLine(line) {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      if (line.includes(READY)) ready.resolve();
    },
  });
  const timer = setTimeout(() => child.kill('SIGQUIT'), START_LIMIT_MS);
  try {
    await Promise.race([ready.promise, child.exited.then(() => failStart(port, lastLines))]);
  } finally {
    clearTimeout(timer);
  }
  return child;
}

function failStart(port: number, lastLines: string[]): never {
  const words = lastLines.join('\n');
  if (words.includes(PORT_TAKEN)) throw new PortTaken(`Port ${port} is taken`);
  throw new Error(`Cannot start Postgres:\n${words}`);
}

function settings(port: number, options: PostgresOptions): string[] {
  const own = options.home.tree.settings(options.ticks);
  const libraries = [own, options.settings].map((some) => some.shared_preload_libraries);
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    log_line_prefix: '%m [%p] %q%u@%d ',
    jit: 'off',
    ...options.durable ? {} : { fsync: 'off', full_page_writes: 'off' },
    ...own,
    ...options.settings,
    shared_preload_libraries: libraries.filter(Boolean).join(','),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
