import { join } from 'node:path';
import { removeIfThere } from './files.ts';
import type { PostgresHome } from './postgres_home.ts';

/** A cluster that is being made: where, by which programs, and of whom. */
export interface NewCluster {
  home: PostgresHome;
  /** Empty or absent. */
  folder: string;
  /** Holds the password while it is handed over. */
  passwordFile: string;
  /** Of the superuser `supabase_admin`. */
  adminPassword: string;
}

/** Makes a cluster by initdb. */
export async function makeCluster(cluster: NewCluster): Promise<void> {
  const { home: { owner }, folder, passwordFile, adminPassword } = cluster;
  try {
    await Deno.mkdir(folder, { mode: 0o700 });
    await Deno.writeTextFile(passwordFile, adminPassword, { mode: 0o600 });
    if (owner) {
      await Deno.chown(folder, owner.uid, owner.gid);
      await Deno.chown(passwordFile, owner.uid, owner.gid);
    }
    await runInitdb(cluster);
  } finally {
    await removeIfThere(passwordFile);
  }
}

async function runInitdb({ home, folder, passwordFile }: NewCluster): Promise<void> {
  const settings = [
    `--pgdata=${folder}`,
    '--username=supabase_admin',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    ...home.tree.localeArguments,
    '--data-checksums',
  ];
  await runProgram(join(home.tree.path, 'bin', 'initdb'), settings, home.owner);
}

/** Makes a cluster as a copy of a blank one that no platform runs; takes a tenth of the time. */
export async function copyCluster(blank: string, cluster: NewCluster): Promise<void> {
  const { home, folder, adminPassword } = cluster;
  // Keeps owners and rights, which Postgres insists on.
  await runProgram('cp', ['-a', blank, folder]);
  const password = adminPassword.replaceAll("'", "''");
  // Alone and without a port: nobody can come in before the password is this platform's.
  const alone = ['--single', '-D', folder, '-c', 'fsync=off', 'postgres'];
  const statement = `alter role supabase_admin password '${password}'\n`;
  await runProgram(join(home.tree.path, 'bin', 'postgres'), alone, home.owner, statement);
}

async function runProgram(
  program: string,
  args: string[],
  owner: PostgresHome['owner'] = null,
  input = '',
): Promise<void> {
  const child = new Deno.Command(program, {
    args,
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' },
    clearEnv: true,
    cwd: '/',
    stdin: 'piped',
    stdout: 'piped',
    stderr: 'piped',
    ...owner,
  }).spawn();
  const written = new Blob([input]).stream().pipeTo(child.stdin);
  // One that ended before it read its input tells why by itself.
  const [{ success, stderr }] = await Promise.all([child.output(), written.catch(() => {})]);
  if (success) return;
  const words = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot make a Postgres data folder: ${program}: ${words}`);
}
