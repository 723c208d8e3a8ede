import { dirname, resolve } from 'node:path';
import { parse } from 'deno-std/toml/parse.js';
import { z } from 'zod';

// Deno's std comes without types on npm.
const parseToml: (text: string) => unknown = parse;

/** A function of config.toml, with absolute paths. */
export interface FunctionConfig {
  name: string;
  entrypoint: string;
  importMap: string | null;
}

const Config = z.object({
  functions: z.record(
    z.string(),
    z.object({
      enabled: z.boolean().default(true),
      entrypoint: z.string().optional(),
      import_map: z.string().optional(),
    }),
  ).default({}),
});

/** Reads the functions of a config.toml, whose paths are relative to its own folder. */
export async function readFunctionConfigs(configFile: string): Promise<FunctionConfig[]> {
  const folder = dirname(configFile);
  const { functions } = Config.parse(parseToml(await Deno.readTextFile(configFile)));
  return Object.entries(functions)
    .filter(([, settings]) => settings.enabled)
    .map(([name, settings]) => ({
      name,
      entrypoint: resolve(folder, settings.entrypoint ?? `functions/${name}/index.ts`),
      importMap: settings.import_map ? resolve(folder, settings.import_map) : null,
    }));
}
