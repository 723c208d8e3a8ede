import { type DatabaseClient, withDatabase } from './database_client.ts';
import { LOCAL_HOSTS } from './environment.ts';

export interface ProjectSettings {
  processorUrl: string;
  processorSecret: string;
  /** How often the tick runs, for pg_cron; undefined leaves the schema's own. */
  tickSchedule: string | undefined;
}

/** Tells the project's schema where its processor and its endpoints may be, and arms its ticks; nothing if the schema is not there. */
export async function applyProjectSettings(
  postgresUrl: string,
  settings: ProjectSettings,
  logger: (line: string) => void,
): Promise<void> {
  await withDatabase(postgresUrl, async (sql) => {
    const [schema] = await sql`select from pg_namespace where nspname = 'puppet_private'`;
    if (!schema) return logger('no schema puppet_private: Vault secrets are not set');
    await sql`
      update puppet_private.settings
      set private_endpoint_hosts = string_to_array(${LOCAL_HOSTS}, ',')
    `;
    await storeSecret(sql, 'puppet_processor_url', settings.processorUrl);
    await storeSecret(sql, 'puppet_processor_secret', settings.processorSecret);
    await sql`select arm_ticks(${settings.processorUrl})`;
    if (settings.tickSchedule !== undefined) await scheduleTick(sql, settings.tickSchedule);
  });
}

async function storeSecret(sql: DatabaseClient, name: string, secret: string): Promise<void> {
  const [known] = await sql<{ id: string }[]>`select id from vault.secrets where name = ${name}`;
  if (known) await sql`select vault.update_secret(${known.id}, ${secret})`;
  else await sql`select vault.create_secret(${secret}, ${name}, 'set by the local platform')`;
}

async function scheduleTick(sql: DatabaseClient, schedule: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction`update puppet_private.settings set tick_schedule = ${schedule}`;
    await transaction`select puppet_private.schedule_cron_jobs()`;
  });
}
