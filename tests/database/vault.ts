import type { Sql } from './database.ts';

/** Sets Vault secrets to these values, null for none, until the test's transaction ends. */
export async function setSecrets(
  sql: Sql,
  secrets: Record<string, string | null>,
): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    await sql`delete from vault.secrets where name = ${name}`;
    if (value !== null) await sql`select vault.create_secret(${value}, ${name})`;
  }
}
