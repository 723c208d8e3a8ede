import { join } from 'node:path';
import { isThere, readIfThere, removeIfThere } from './files.ts';
import { draftsOf } from './postgres_data.ts';

const NOTE = '.folder';

/** Notes whose data a folder in the cache is: the platform's folder, which may be removed without us. */
export async function noteFolder(data: string, folder: string): Promise<void> {
  await Deno.writeTextFile(data + NOTE, folder, { mode: 0o600 });
}

/** Removes data in the cache whose platform's folder is gone, unless a Postgres may still run on it. */
export async function removeAbandonedData(cache: string): Promise<void> {
  for await (const { name } of Deno.readDir(cache)) {
    if (!name.endsWith(NOTE)) continue;
    const note = join(cache, name);
    const data = note.slice(0, -NOTE.length);
    const folder = await readIfThere(note);
    // Another start may tidy at the same time.
    if (folder === null || await isThere(folder)) continue;
    if (await isThere(join(data, 'postmaster.pid'))) continue;
    for (const name of [data, ...draftsOf(data), note]) await removeIfThere(name);
  }
}
