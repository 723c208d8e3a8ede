import { pathToFileURL } from 'node:url';
import { type Child, spawnChild } from './child_process.ts';
import type { FunctionConfig } from './function_config.ts';
import { LISTENING } from './function_protocol.ts';
import type { Guard } from './guard.ts';

export interface FunctionServerOptions {
  config: FunctionConfig;
  /** The function's own environment, by the names that hosted Supabase uses. */
  env: Record<string, string>;
  logFile: string;
  guard: Guard;
  logger: (line: string) => void;
}

/** One function, served by a process of its own. */
export interface FunctionServer {
  readonly name: string;
  /** Null while no process runs. */
  readonly pid: number | null;
  /** Ends the process by a signal and resolves when it has ended; it stays away until `restart`. */
  kill(signal: Deno.Signal): Promise<void>;
  /** Ends the process if it runs, and starts another. */
  restart(): Promise<void>;
  /** Base URL; null while killed. A process that ended by itself is started again first, as hosted does. */
  url(): Promise<string | null>;
}

interface Running {
  child: Child;
  url: string;
}

/** As hosted: with room without end V8 collects late, and a function holds twice what it holds there. */
const HEAP_LIMIT_MB = 256;
const START_LIMIT_MS = 60_000;
const STOP_PATIENCE_MS = 7_000;

/** Starts a function's process; throws with its last lines if it does not come to serve. */
export async function startFunction(options: FunctionServerOptions): Promise<FunctionServer> {
  let wanted = true;
  let running: Promise<Running> | null = null;
  let pid: number | null = null;
  const start = () =>
    running ??= launch(options, (child) => {
      pid = child.pid;
      void child.exited.then(() => {
        if (pid !== child.pid) return;
        pid = null;
        running = null;
      });
    });
  const end = async (signal: Deno.Signal) => {
    wanted = false;
    const { child } = await running ?? {};
    await child?.stop(signal, STOP_PATIENCE_MS, 'SIGKILL');
  };
  await start();
  return {
    name: options.config.name,
    get pid() {
      return pid;
    },
    kill: end,
    async restart() {
      await end('SIGTERM');
      wanted = true;
      await start();
    },
    url: async () => wanted ? (await start()).url : null,
  };
}

async function launch(
  options: FunctionServerOptions,
  onSpawn: (child: Child) => void,
): Promise<Running> {
  const { config } = options;
  const lastLines: string[] = [];
  const port = Promise.withResolvers<string>();
  const child = spawnChild({
    command: Deno.execPath(),
    args: denoArguments(config),
    env: { ...ownEnvironment(), ...options.env, SB_EXECUTION_ID: crypto.randomUUID() },
    owner: null,
    logFile: options.logFile,
    guard: options.guard,
    onLine(line) {
      if (line.startsWith(LISTENING)) return port.resolve(line.slice(LISTENING.length));
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      options.logger(`${config.name}: ${line}`);
    },
  });
  onSpawn(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS);
  const failed = child.exited.then(() => {
    throw new Error(`Cannot start the function ${config.name}:\n${lastLines.join('\n')}`);
  });
  failed.catch(() => {});
  try {
    return { child, url: `http://127.0.0.1:${await Promise.race([port.promise, failed])}` };
  } finally {
    clearTimeout(timer);
  }
}

function denoArguments({ entrypoint, importMap }: FunctionConfig): string[] {
  const worker = new URL('./function_worker.ts', import.meta.url).href;
  return [
    'run',
    '--quiet',
    '--no-prompt',
    // Hosted Supabase does not get the lock file either, and several of these start at once.
    '--no-lock',
    `--v8-flags=--max-heap-size=${HEAP_LIMIT_MB}`,
    '--allow-net',
    '--allow-env',
    '--allow-read',
    '--allow-sys',
    ...importMap ? ['--config', importMap] : [],
    worker,
    pathToFileURL(entrypoint).href,
  ];
}

/** What Deno itself needs in order to find its cache and the registry. */
function ownEnvironment(): Record<string, string> {
  const names = [
    'HOME',
    'PATH',
    'DENO_DIR',
    'DENO_CERT',
    'DENO_TLS_CA_STORE',
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
    'XDG_CACHE_HOME',
    'NPM_CONFIG_REGISTRY',
    'NPM_CONFIG_USERCONFIG',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
  ];
  const given = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(
    given.filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
