import { join } from 'node:path';

/** Holds a platform's folder, so that a second platform cannot use it at the same time. */
export interface FolderHold extends Disposable {
  readonly path: string;
}

/** Creates the folder and holds it; throws an error that names the holder's process if it is taken. */
export async function holdFolder(folder: string): Promise<FolderHold> {
  await Deno.mkdir(join(folder, 'logs'), { recursive: true });
  await Deno.mkdir(join(folder, 'running'), { recursive: true });
  const path = await Deno.realPath(folder);
  const lockFile = join(path, 'lock');
  // An advisory lock and not a pid file: the system drops it however the holder ends.
  const file = await Deno.open(lockFile, { create: true, read: true, write: true, mode: 0o600 });
  if (!await file.tryLock(true)) {
    const holder = (await Deno.readTextFile(lockFile)).trim();
    file.close();
    throw new FolderTaken(path, holder);
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { path, [Symbol.dispose]: () => file.close() };
}

/** Another platform runs on the folder. */
export class FolderTaken extends Error {
  constructor(readonly folder: string, readonly holder: string) {
    super(`Cannot use ${folder}: the platform of process ${holder || 'unknown'} runs on it`);
  }
}
