import { join } from 'node:path';
import { isThere, removeIfThere } from './files.ts';
import type { PostgresHome } from './postgres_home.ts';

/** Makes a cluster with the superuser `supabase_admin` in the data folder, unless one is there. */
export async function initialiseData(home: PostgresHome, adminPassword: string): Promise<void> {
  if (await isThere(join(home.data, 'PG_VERSION'))) return;
  // Made aside and renamed when whole, so that a start cut short leaves nothing half made.
  const [draft, passwordFile] = draftsOf(home.data);
  try {
    await removeIfThere(draft);
    await Deno.mkdir(draft, { mode: 0o700 });
    await Deno.writeTextFile(passwordFile, adminPassword, { mode: 0o600 });
    if (home.owner) {
      await Deno.chown(draft, home.owner.uid, home.owner.gid);
      await Deno.chown(passwordFile, home.owner.uid, home.owner.gid);
    }
    await runInitdb(home, draft, passwordFile);
    await Deno.rename(draft, home.data);
  } finally {
    await removeIfThere(passwordFile);
    await removeIfThere(draft);
  }
}

/** What lies beside a data folder while it is made, or after that was cut short. */
export function draftsOf(data: string): [folder: string, passwordFile: string] {
  return [`${data}.new`, `${data}.password`];
}

async function runInitdb(home: PostgresHome, data: string, passwordFile: string): Promise<void> {
  const initdb = await new Deno.Command(join(home.tree.path, 'bin', 'initdb'), {
    args: [
      `--pgdata=${data}`,
      '--username=supabase_admin',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      ...home.tree.localeArguments,
      '--data-checksums',
    ],
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' },
    clearEnv: true,
    cwd: '/',
    ...home.owner,
  }).output();
  if (!initdb.success) {
    const words = new TextDecoder().decode(initdb.stderr).trim();
    throw new Error(`Cannot make the Postgres data folder ${data}: ${words}`);
  }
}
