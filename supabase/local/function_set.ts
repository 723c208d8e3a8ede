import { join } from 'node:path';
import { functionEnvironment } from './environment.ts';
import { isThere } from './files.ts';
import { readFunctionConfigs } from './function_config.ts';
import { type FunctionServer, startFunction } from './function_server.ts';
import type { Ground } from './platform_parts.ts';

/** Starts every function of the project's config.toml whose entry exists, and puts it into `started`. */
export async function startFunctions(
  ground: Ground,
  env: Record<string, string>,
  started: Record<string, FunctionServer>,
): Promise<void> {
  const { project, folder, guard, logger } = ground;
  const configs = await readFunctionConfigs(join(project, 'supabase', 'config.toml'));
  const ownEnv = await functionEnvironment(project, env);
  await Promise.all(configs.map(async (config) => {
    if (!await isThere(config.entrypoint)) {
      return logger(`the function ${config.name} is not served: no ${config.entrypoint}`);
    }
    const logFile = join(folder, 'logs', `${config.name}.log`);
    started[config.name] = await startFunction({ config, env: ownEnv, logFile, guard, logger });
  }));
}
