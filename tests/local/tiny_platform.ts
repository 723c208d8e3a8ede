import { fileURLToPath } from 'node:url';
import {
  type Platform,
  type PlatformOptions,
  startPlatform,
} from '../../supabase/local/platform.ts';

export const TINY_PROJECT = fileURLToPath(new URL('./tiny_project', import.meta.url));

/** A platform of the tiny project in a folder that goes away with it. */
export async function startTiny(options: Partial<PlatformOptions> = {}): Promise<Platform> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  return await startPlatform({ temporary: true, project: TINY_PROJECT, ...options, folder });
}

/** Calls `look` until it gives a value, for at most 15 s. */
export async function eventually<Found>(
  look: () => Promise<Found | null | undefined | false>,
): Promise<Found> {
  for (const limit = Date.now() + 15_000; Date.now() < limit;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not happen within 15 s');
}
