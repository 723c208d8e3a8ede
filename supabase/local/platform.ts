import { prepareGround, startDatabase, startServices } from './platform_parts.ts';
import type { FunctionServer } from './function_server.ts';
import type { GatewayHook } from './gateway.ts';
import type { NetworkFaults } from './network_faults.ts';
import type { Ports } from './ports.ts';
import type { StopMode } from './postgres_server.ts';
import { onTermination } from './termination.ts';
import { signUserJwt, type UserClaims } from './user_tokens.ts';

export interface PlatformOptions {
  /** Where its data, keys and logs live; created if missing. */
  folder: string;
  /** Removes the data of earlier runs first; keys stay. */
  fresh?: boolean;
  /** False: a crash of the machine (not of Postgres) may lose data, which is faster. Default: not if temporary. */
  durable?: boolean;
  /** Further settings of Postgres, by name; libraries to preload are added to its own. */
  postgresSettings?: Record<string, string>;
  /** For tests: `stop` removes the folder and the data. Default false. */
  temporary?: boolean;
  /** Runs the jobs of pg_cron. Default true. */
  ticks?: boolean;
  /** Schedule of the tick for pg_cron, as in '1 second'; default the schema's own. */
  tickSchedule?: string;
  /** Serves the functions of supabase/config.toml. Default true. */
  functions?: boolean;
  /** Applies supabase/migrations. Default true. */
  migrate?: boolean;
  /** Ports of the first run in the folder, if they are free; default any. Later runs keep theirs. */
  ports?: Ports;
  /** The project, which has the folder supabase/. Default this one. */
  project?: string;
  /** False: at Ctrl-C and SIGTERM the caller decides what is done first, and calls `stop`. Default true. */
  stopsAtSignals?: boolean;
  /** Gets warnings, and what the functions print. Default: nothing is printed. */
  logger?: (line: string) => void;
}

export interface PlatformKeys {
  publishable: string;
  secret: string;
  /** Legacy JWT of the role anon. */
  anon: string;
  /** Legacy JWT of the role service_role. */
  serviceRole: string;
  /** Public signing keys, as JSON. */
  jwks: string;
}

/** A whole Supabase on this machine. */
export interface Platform extends AsyncDisposable {
  /** Address of the gateway; what SUPABASE_URL holds. */
  readonly url: string;
  /** Connection URL of the superuser, supabase_admin. */
  readonly dbUrl: string;
  /** Connection URL of the role postgres, which owns the project's schema and is no superuser. */
  readonly projectDbUrl: string;
  readonly processorUrl: string;
  readonly keys: PlatformKeys;
  /** What the file `env` in the folder holds. */
  readonly env: Record<string, string>;
  /** Faults on the calls of the pg_net double. */
  readonly network: NetworkFaults;
  /** The function processes by name; an entry that does not exist is missing. */
  readonly functions: Readonly<Record<string, FunctionServer>>;
  /** A token of the role authenticated, valid for 1 h. */
  signUserJwt(claims: UserClaims): Promise<string>;
  /** Puts a hook before every request to the gateway, or takes it away. */
  intercept(hook: GatewayHook | null): void;
  stopPostgres(how?: StopMode): Promise<void>;
  /** Starts Postgres again on the same port and data; resolves when the Data API serves again. */
  startPostgres(): Promise<void>;
  /** Kills the Data API outright and starts it again; resolves when it serves again. */
  crashPostgrest(): Promise<void>;
  /** Ends everything; may be called twice. */
  stop(): Promise<void>;
}

/** Starts a platform; when that fails, what was started already is ended before the error is thrown. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const stack = new AsyncDisposableStack();
  let stopping: Promise<void> | null = null;
  const stop = () => stopping ??= stack.disposeAsync();
  let assembling: Promise<unknown> = Promise.resolve();
  if (options.stopsAtSignals ?? true) {
    stack.defer(onTermination(async () => {
      // A part that is just starting must be known before it can be ended.
      await Promise.allSettled([assembling]);
      await stop();
    }));
  }
  try {
    const platform = assemble(options, stack, stop);
    assembling = platform;
    return await platform;
  } catch (error) {
    await stop();
    throw error;
  }
}

async function assemble(
  options: PlatformOptions,
  stack: AsyncDisposableStack,
  stop: () => Promise<void>,
): Promise<Platform> {
  const ground = await prepareGround(options, stack);
  const database = await startDatabase(ground, options, stack);
  const services = await startServices(ground, database, options, stack);
  const { url } = services.gateway;
  return {
    url,
    dbUrl: database.urls.admin,
    projectDbUrl: database.urls.postgres,
    processorUrl: services.processorUrl,
    keys: ground.keys,
    env: services.env,
    network: services.http.faults,
    functions: services.functions,
    signUserJwt: (claims) => signUserJwt(ground.keyFile.jwk, url, claims),
    intercept: (hook) => services.gateway.intercept(hook),
    stopPostgres: (how) => database.server.stop(how),
    async startPostgres() {
      await database.server.start();
      await services.postgrest.reconnect();
    },
    crashPostgrest: () => services.postgrest.crash(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
