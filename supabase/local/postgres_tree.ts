import { npmPostgresTree } from './npm_postgres.ts';
import { systemPostgresTree } from './system_postgres.ts';

/** The programs of a Postgres with our extension doubles. */
export interface PostgresTree {
  /** Has `bin/postgres` and `bin/initdb`. */
  path: string;
  /** Arguments of `initdb` that give text the same order on every machine. */
  localeArguments: string[];
  /** Settings that it needs; without ticks the jobs of cron.job do not run. */
  settings: (ticks: boolean) => Record<string, string>;
  /** Whether pg_cron is the real one, which runs its jobs by itself. */
  hasPgCron: boolean;
}

/** Which Postgres the platforms of this process run; PUPPET_POSTGRES says `npm` (default) or `system`. */
export function chosenPostgres(): 'npm' | 'system' {
  const chosen = Deno.env.get('PUPPET_POSTGRES') ?? 'npm';
  if (chosen === 'npm' || chosen === 'system') return chosen;
  throw new Error(`Cannot choose a Postgres: PUPPET_POSTGRES must be npm or system: ${chosen}`);
}

/** A private copy of the chosen Postgres below `cache`, made the first time. */
export async function postgresTree(cache: string): Promise<PostgresTree> {
  return chosenPostgres() === 'npm'
    ? await npmPostgresTree(cache)
    : await systemPostgresTree(cache);
}
