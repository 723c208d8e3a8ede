import postgres from 'postgres';
import { startPlatform } from '../../supabase/local/platform.ts';
import { Watcher } from './watch.ts';

/** A database of its own with `jobs` jobs and as many attempts, on a platform that ends with it. */
export interface FullDatabase extends AsyncDisposable {
  readonly watcher: Watcher;
  /** Adds so many due jobs of a type that nobody claims. */
  addUnclaimed(count: number): Promise<void>;
  /** Forgets all attempts, and lets statistics know. */
  forgetAttempts(): Promise<void>;
}

/** Starts the platform and fills it; `jobs` up to 2,000,000. */
export async function openFullDatabase(jobs: number): Promise<FullDatabase> {
  const stack = new AsyncDisposableStack();
  try {
    const platform = stack.use(
      await startPlatform({
        folder: await Deno.makeTempDir({ prefix: 'puppet-retry-plans-' }),
        temporary: true,
        functions: false,
        ticks: false,
      }),
    );
    const watcher = stack.use(await Watcher.open(platform.dbUrl));
    await fill(platform.dbUrl, 'fill.sql', { jobs });
    return {
      watcher,
      addUnclaimed: (count) => fill(platform.dbUrl, 'fill_unclaimed.sql', { jobs, count }),
      async forgetAttempts() {
        await watcher.sql`truncate puppet_job_retry_history`;
        await watcher.sql`analyze puppet_job_retry_history`;
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function fill(url: string, name: string, values: Record<string, number>): Promise<void> {
  const start = performance.now();
  const script = await Deno.readTextFile(new URL(name, import.meta.url));
  const text = Object.entries(values).reduce(
    (text, [key, value]) => text.replaceAll(`:${key}`, String(value)),
    script,
  );
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(text).simple();
    await sql`vacuum analyze puppet_jobs`;
    await sql`vacuum analyze puppet_job_retry_history`;
    await sql`vacuum analyze puppet_job_retry_config`;
    await sql`vacuum analyze puppet_tick_receipts`;
  } finally {
    await sql.end({ timeout: 5 });
  }
  console.log(`${name} took ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
