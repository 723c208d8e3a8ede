import type postgres from 'postgres';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { connectTo } from '../database/database.ts';

/** The older designs in the folder shapes/. */
export type Shape = 'plain' | 'connected' | 'retrying';

/** A database of an older design, on a platform of its own that ends with it. */
export interface OldDatabase extends AsyncDisposable {
  /** Connection URL of postgres, who owns the old tables. */
  readonly url: string;
  readonly platform: Platform;
  /** Runs `work` as postgres. */
  use<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result>;
}

/** Starts a platform without our schema and builds the shape in it. */
export async function openOldDatabase(shape: Shape): Promise<OldDatabase> {
  const platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-adopt-' }),
    temporary: true,
    migrate: false,
    functions: false,
    ticks: false,
  });
  try {
    await run(platform.dbUrl, 'auth_users');
    await run(platform.projectDbUrl, shape);
  } catch (error) {
    await platform.stop();
    throw error;
  }
  return {
    url: platform.projectDbUrl,
    platform,
    async use(work) {
      const sql = connectTo(platform.projectDbUrl);
      try {
        return await work(sql);
      } finally {
        await sql.end({ timeout: 5 });
      }
    },
    [Symbol.asyncDispose]: () => platform.stop(),
  };
}

async function run(url: string, name: string): Promise<void> {
  const script = await Deno.readTextFile(new URL(`./shapes/${name}.sql`, import.meta.url));
  await withDatabase(url, async (sql) => await sql.unsafe(script).simple());
}
