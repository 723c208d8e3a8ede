import postgres from 'postgres';
import type { Transaction } from '../local/database_client.ts';

const FOLDER = new URL('./sql/', import.meta.url);

/** Runs scripts of the folder sql/ in order; an error names the script. */
export async function runScripts(sql: Transaction, ...names: string[]): Promise<void> {
  const settings = await readScript('settings');
  for (const name of names) {
    const script = await readScript(name);
    await sql.unsafe(settings).simple();
    try {
      await sql.unsafe(script).simple();
    } catch (error) {
      throw explained(name, error);
    }
  }
}

/** The text of a script. */
export async function readScript(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`${name}.sql`, FOLDER));
}

function explained(name: string, error: unknown): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const notes = [error.detail, error.hint, error.where].filter(Boolean).join('\n');
  return new Error(`${error.message} (${error.code}, in ${name}.sql)${notes && '\n' + notes}`, {
    cause: error,
  });
}
