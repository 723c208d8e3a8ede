import { withDatabase } from './database_client.ts';
import type { Platform } from './platform.ts';

/** Runs a seed file as the role postgres, once per database. */
export async function plantSeed(platform: Platform, seedFile: string): Promise<void> {
  const script = await Deno.readTextFile(seedFile);
  await withDatabase(platform.dbUrl, async (sql) => {
    await sql.begin(async (transaction) => {
      await transaction`create schema if not exists local_platform`;
      await transaction`create table if not exists local_platform.seeds (planted_at timestamptz)`;
      const [planted] = await transaction`select from local_platform.seeds`;
      if (planted) return;
      await transaction`set local role postgres`;
      await transaction.unsafe(script).simple();
      await transaction`reset role`;
      await transaction`insert into local_platform.seeds values (now())`;
    });
  });
}
