import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { noteFolder, removeAbandonedData } from './abandoned_data.ts';
import { isThere, removeIfThere } from './files.ts';
import { type PostgresTree, postgresTree } from './postgres_tree.ts';

/** Where a Postgres lives, and as whom it runs. */
export interface PostgresHome {
  tree: PostgresTree;
  /** The data folder; empty or absent before the first start. */
  data: string;
  /** A data folder that platforms copy and none runs on; absent before the first copy. */
  blank: string;
  /** Null: as ourselves. */
  owner: { uid: number; gid: number } | null;
}

/**
 * Finds the programs and the data folder of a platform.
 *
 * Postgres refuses to run as root, so root runs it as `nobody`; if that user cannot reach the platform's folder, the
 * data lives below the system's temporary folder, and `postgres` in the platform's folder is a link to it.
 */
export async function postgresHome(folder: string): Promise<PostgresHome> {
  const owner = Deno.uid() === 0 ? await nobody() : null;
  const cache = await cacheFolder(owner !== null);
  const link = join(folder, 'postgres');
  const elsewhere = owner !== null && (await isLink(link) || !await isReachable(folder));
  const data = elsewhere ? join(cache, `data-${await shortHash(folder)}`) : link;
  await removeAbandonedData(cache);
  if (elsewhere) {
    await noteFolder(data, folder);
    await linkTo(data, link);
  }
  const tree = await postgresTree(cache);
  const initialised = [tree.path, ...tree.localeArguments].join(' ');
  return { tree, data, blank: join(cache, `blank-${await shortHash(initialised)}`), owner };
}

/** Removes the data of a stopped Postgres, wherever it lies. */
export async function removeData(home: PostgresHome): Promise<void> {
  await removeIfThere(home.data);
}

/** Below the temporary folder, ours alone to write: its programs are run. */
async function cacheFolder(forOthers: boolean): Promise<string> {
  const temporary = await Deno.realPath(tmpdir());
  const parent = forOthers && !await isReachable(temporary) ? '/tmp' : temporary;
  const cache = join(parent, `puppet-retry-${Deno.uid()}`);
  await Deno.mkdir(cache, { mode: 0o700 }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
  const found = await Deno.lstat(cache);
  if (!found.isDirectory || found.uid !== Deno.uid()) {
    throw new Error(`Cannot use ${cache}: it is not a folder of ours; remove it`);
  }
  await Deno.chmod(cache, forOthers ? 0o711 : 0o700);
  return cache;
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await Deno.readTextFile('/etc/passwd'));
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}

/** Whether every folder on the way, and the folder itself, can be entered by any user. */
async function isReachable(folder: string): Promise<boolean> {
  for (let path = folder;; path = dirname(path)) {
    const { mode } = await Deno.stat(path);
    if (((mode ?? 0) & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

async function linkTo(data: string, link: string): Promise<void> {
  if (await isLink(link)) await Deno.remove(link);
  await Deno.symlink(data, link);
}

async function isLink(path: string): Promise<boolean> {
  return await isThere(path) && (await Deno.lstat(path)).isSymlink;
}

async function shortHash(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex().slice(0, 16);
}
