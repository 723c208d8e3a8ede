import { join } from 'node:path';
import { addDoubles, digestOf, readDoubles } from './extension_doubles.ts';
import { isThere } from './files.ts';
import type { PostgresTree } from './postgres_tree.ts';
import { copyTree, madeOnce } from './tree_copy.ts';

const INSTALLED = '/usr/lib/postgresql';
// Debian's programs look for the rest of themselves from where they lie.
const parts = (
  version: string,
) => [`usr/lib/postgresql/${version}`, `usr/share/postgresql/${version}`];

/**
 * Debian's Postgres, the newest there is, with its real pg_cron and doubles of the other
 * extensions. Needs the packages postgresql-15 and postgresql-15-cron, or of a later version.
 */
export async function systemPostgresTree(cache: string): Promise<PostgresTree> {
  const version = await newestVersion();
  const doubles = await readDoubles(['pg_cron']);
  const folder = join(cache, `postgres-${version}-system-${await digestOf(doubles)}`);
  await madeOnce(folder, async (draft) => {
    for (const part of parts(version)) await copyTree(join('/', part), join(draft, part));
    const extensions = join(draft, 'usr/share/postgresql', version, 'extension');
    if (!await isThere(join(extensions, 'pg_cron.control'))) {
      throw new Error(`Cannot use Postgres ${version}: install postgresql-${version}-cron`);
    }
    await addDoubles(extensions, doubles);
  });
  return {
    path: join(folder, 'usr/lib/postgresql', version),
    localeArguments: ['--locale=C.UTF-8'],
    settings: (ticks) => ({
      shared_preload_libraries: 'pg_cron',
      'cron.database_name': 'postgres',
      'cron.use_background_workers': 'on',
      ...!ticks && { 'cron.max_running_jobs': '0' },
    }),
    hasPgCron: true,
  };
}

async function newestVersion(): Promise<string> {
  const versions = await isThere(INSTALLED)
    ? await Array.fromAsync(Deno.readDir(INSTALLED), ({ name }) => name)
    : [];
  const newest = versions.filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b)).at(-1);
  if (newest) return newest;
  throw new Error(
    'Cannot find a Postgres of this machine: apt-get install postgresql-15 postgresql-15-cron',
  );
}
