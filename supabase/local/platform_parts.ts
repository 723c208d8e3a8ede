import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootstrap, POSTGRES_PASSWORD } from './bootstrap.ts';
import { startCron } from './cron.ts';
import { databaseUrl } from './database_client.ts';
import { startFunctions } from './function_set.ts';
import type { FunctionServer } from './function_server.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Guard, openGuard } from './guard.ts';
import { type HttpWorker, startHttpWorker } from './http_worker.ts';
import { type KeyFile, loadKeys, publicJwks } from './keys.ts';
import { applyMigrations } from './migrations.ts';
import type { PlatformKeys, PlatformOptions } from './platform.ts';
import { platformEnvironment, writeEnvironment } from './environment.ts';
import { holdFolder } from './platform_folder.ts';
import { stopOrphans } from './orphans.ts';
import { loadPorts, type Ports, savePorts } from './ports.ts';
import { postgresHome, removeData } from './postgres_home.ts';
import { type PostgresServer, startPostgresServer } from './postgres_server.ts';
import { type Postgrest, startPostgrest } from './postgrest.ts';
import { applyProjectSettings } from './project_settings.ts';

/** What every part needs. */
export interface Ground {
  project: string;
  folder: string;
  guard: Guard;
  keyFile: KeyFile;
  keys: PlatformKeys;
  /** Taken if they are free. */
  ports: Partial<Ports>;
  logger: (line: string) => void;
}

export interface Database {
  server: PostgresServer;
  hasPgCron: boolean;
  /** Connection URLs by role. */
  urls: { admin: string; postgres: string; authenticator: string };
}

export interface Services {
  gateway: Gateway;
  postgrest: Postgrest;
  functions: Record<string, FunctionServer>;
  http: HttpWorker;
  processorUrl: string;
  env: Record<string, string>;
}

/** Takes hold of the folder and reads what earlier runs left in it. */
export async function prepareGround(
  options: PlatformOptions,
  stack: AsyncDisposableStack,
): Promise<Ground> {
  const { path: folder } = stack.use(await holdFolder(options.folder));
  if (options.temporary) stack.defer(() => Deno.remove(folder, { recursive: true }));
  const running = join(folder, 'running');
  await stopOrphans(running);
  const guard = openGuard(running);
  stack.defer(() => guard.close());
  const keyFile = await loadKeys(folder);
  const { publishable, secret, anon, serviceRole } = keyFile;
  return {
    project: resolve(options.project ?? fileURLToPath(new URL('../..', import.meta.url))),
    folder,
    guard,
    keyFile,
    keys: { publishable, secret, anon, serviceRole, jwks: publicJwks(keyFile.jwk) },
    ports: { ...options.ports, ...await loadPorts(folder) },
    logger: options.logger ?? (() => {}),
  };
}

/** Starts Postgres, makes it a Supabase database, and applies the project's migrations. */
export async function startDatabase(
  ground: Ground,
  options: PlatformOptions,
  stack: AsyncDisposableStack,
): Promise<Database> {
  const { keyFile, folder } = ground;
  const home = await postgresHome(folder);
  if (options.temporary) stack.defer(() => removeData(home));
  const server = await startPostgresServer({
    home,
    fresh: options.fresh ?? false,
    preferredPort: ground.ports.postgres,
    adminPassword: keyFile.adminPassword,
    ticks: options.ticks ?? true,
    durable: options.durable ?? !options.temporary,
    settings: options.postgresSettings ?? {},
    logFile: join(folder, 'logs', 'postgres.log'),
    guard: ground.guard,
  });
  stack.defer(() => server.stop());
  const urls = {
    admin: databaseUrl('supabase_admin', keyFile.adminPassword, server.port),
    postgres: databaseUrl('postgres', POSTGRES_PASSWORD, server.port),
    authenticator: databaseUrl('authenticator', keyFile.authenticatorPassword, server.port),
  };
  const { hasPgCron } = home.tree;
  await bootstrap(urls.admin, keyFile.authenticatorPassword, hasPgCron);
  if (options.migrate ?? true) {
    await applyMigrations(urls.postgres, join(ground.project, 'supabase', 'migrations'));
  }
  return { server, hasPgCron, urls };
}

/** Starts what stands between the database and its users. */
export async function startServices(
  ground: Ground,
  database: Database,
  options: PlatformOptions,
  stack: AsyncDisposableStack,
): Promise<Services> {
  const { folder, keys, logger } = ground;
  const postgrest = await startPostgrest({
    dbUrl: database.urls.authenticator,
    jwks: keys.jwks,
    logFile: join(folder, 'logs', 'postgrest.log'),
    guard: ground.guard,
  });
  stack.defer(() => postgrest.stop());

  const functions: Record<string, FunctionServer> = {};
  const gateway = startGateway({
    preferredPort: ground.ports.gateway,
    keys,
    postgrestUrl: postgrest.url,
    functionUrl: async (name) => await functions[name]?.url(),
  });
  stack.defer(() => gateway.stop());
  await savePorts(folder, { postgres: database.server.port, gateway: gateway.port });
  const processorUrl = `${gateway.url}/functions/v1/processor`;
  const env = platformEnvironment(gateway.url, database.urls.admin, processorUrl, keys);
  await writeEnvironment(join(folder, 'env'), env);
  await applyProjectSettings(database.urls.postgres, {
    processorUrl,
    processorSecret: ground.keyFile.processorSecret,
    tickSchedule: options.tickSchedule,
  }, logger);

  if (options.functions ?? true) {
    stack.defer(async () => {
      await Promise.all(Object.values(functions).map((each) => each.kill('SIGTERM')));
    });
    // As hosted: functions log in as postgres, not as the superuser.
    const ownEnv = { ...env, SUPABASE_DB_URL: database.urls.postgres };
    await startFunctions(ground, ownEnv, functions);
  }
  const http = startHttpWorker(database.urls.admin, logger);
  stack.defer(() => http.stop());
  const { ticks = true, tickSchedule } = options;
  const cron = startCron({ ...database, ticks, tickSchedule, logger });
  stack.defer(() => cron.stop());
  return { gateway, postgrest, functions, http, processorUrl, env };
}
