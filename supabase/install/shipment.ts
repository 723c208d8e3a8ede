import { basename, join } from 'node:path';
import { readFunctionConfigs } from '../local/function_config.ts';
import { isThere } from '../local/files.ts';
import { importMapFor } from './import_map.ts';
import { installedReadme } from './installed_readme.ts';

/** The folder of an application that holds what is ours outside of supabase/. */
export const HOME = 'puppet-retry';

/**
 * `ours`: an upgrade replaces it. `theirs`: theirs from the first installation on.
 * `chapter`: a migration, which is never changed once it was handed out, since it may be applied.
 */
export type Kind = 'ours' | 'theirs' | 'chapter';

export interface ShippedFile {
  /** In the application, with slashes. */
  path: string;
  text: string;
  kind: Kind;
}

/** A migration of ours, by the name that it keeps whatever its version. */
export interface Chapter {
  name: string;
  version: string;
  text: string;
}

/** What an installation consists of, in the version of this checkout. */
export interface Shipment {
  functions: string[];
  files: ShippedFile[];
  /** In the order in which they apply. */
  chapters: Chapter[];
}

const HANDLERS = 'functions/processor/handlers/';

/** Reads the shipment from a checkout of Puppet Retry. */
export async function readShipment(checkout: string): Promise<Shipment> {
  const functions = await deployedFunctions(checkout);
  const chapters = await readChapters(join(checkout, 'supabase', 'migrations'));
  const folders = ['shared', ...functions.map((name) => `functions/${name}`)];
  const paths = (await Promise.all(folders.map((folder) => shippedPaths(checkout, folder)))).flat();
  const files = await Promise.all(
    paths.sort().map(async (path): Promise<ShippedFile> => ({
      path: `${HOME}/${path}`,
      text: await Deno.readTextFile(join(checkout, path)),
      kind: path.startsWith(HANDLERS) ? 'theirs' : 'ours',
    })),
  );
  const importMap = importMapFor(
    await Deno.readTextFile(join(checkout, 'deno.json')),
    files.map(({ text }) => text),
  );
  const made = (name: string, text: string): ShippedFile => ({
    path: `${HOME}/${name}`,
    text,
    kind: 'ours',
  });
  return {
    functions,
    chapters,
    files: [
      made('README.md', installedReadme(functions)),
      made('deno.json', importMap),
      ...files,
    ],
  };
}

/** Names of the functions in a checkout's config.toml whose entry exists. */
export async function deployedFunctions(checkout: string): Promise<string[]> {
  const configs = await readFunctionConfigs(join(checkout, 'supabase', 'config.toml'));
  const served = await Promise.all(configs.map(({ entrypoint }) => isThere(entrypoint)));
  return configs.filter((_, index) => served[index]).map(({ name }) => name);
}

/** Sources, and the notes on how to write a handler. */
async function shippedPaths(checkout: string, folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(checkout, folder)));
  const found = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return await shippedPaths(checkout, path);
    return name.endsWith('.ts') || path === `${HANDLERS}README.md` ? [path] : [];
  }));
  return found.flat();
}

async function readChapters(folder: string): Promise<Chapter[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const matches = names.sort().flatMap((file) => {
    const [, version, name] = /^(\d{14})_(.+)\.sql$/.exec(basename(file)) ?? [];
    return version && name ? [{ file, version, name }] : [];
  });
  return await Promise.all(matches.map(async ({ file, version, name }) => ({
    version,
    name,
    text: await Deno.readTextFile(join(folder, file)),
  })));
}
