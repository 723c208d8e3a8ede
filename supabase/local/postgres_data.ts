import { join } from 'node:path';
import { isThere, removeIfThere } from './files.ts';
import { copyCluster, makeCluster } from './new_cluster.ts';
import type { PostgresHome } from './postgres_home.ts';
import { madeOnce } from './tree_copy.ts';

/**
 * Makes a cluster with the superuser `supabase_admin` in the data folder, unless one is there.
 *
 * One that need not be durable is a copy of a blank one, which is made once: tests start many.
 */
export async function initialiseData(
  home: PostgresHome,
  adminPassword: string,
  durable: boolean,
): Promise<void> {
  if (await isThere(join(home.data, 'PG_VERSION'))) return;
  // Made aside and renamed when whole, so that a start cut short leaves nothing half made.
  const [draft, passwordFile] = draftsOf(home.data);
  const cluster = { home, folder: draft, passwordFile, adminPassword };
  try {
    await removeIfThere(draft);
    if (durable) await makeCluster(cluster);
    else await copyCluster(await blankCluster(home), cluster);
    await Deno.rename(draft, home.data);
  } finally {
    await removeIfThere(draft);
  }
}

/** What lies beside a data folder while it is made, or after that was cut short. */
export function draftsOf(data: string): [folder: string, passwordFile: string] {
  return [`${data}.new`, `${data}.password`];
}

/** Nobody knows its password; each copy gets one of its own. */
async function blankCluster(home: PostgresHome): Promise<string> {
  return await madeOnce(home.blank, async (folder) => {
    const passwordFile = `${folder}.password`;
    await makeCluster({ home, folder, passwordFile, adminPassword: crypto.randomUUID() });
  });
}
