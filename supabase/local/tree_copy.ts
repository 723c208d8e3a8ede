import { join } from 'node:path';
import { isThere, removeIfThere } from './files.ts';

/** The folder, made by `fill` in a draft and renamed when whole; one that is there already is kept. */
export async function madeOnce(
  folder: string,
  fill: (draft: string) => Promise<void>,
): Promise<string> {
  if (await isThere(folder)) return folder;
  const draft = `${folder}.${crypto.randomUUID()}`;
  try {
    await fill(draft);
    await Deno.rename(draft, folder);
  } catch (error) {
    await removeIfThere(draft);
    // Another start was faster: a rename onto a full folder fails, and theirs is as good.
    if (!await isThere(folder)) throw error;
  }
  return folder;
}

/** Copies files and folders, readable by anybody whatever our umask is: another user may run them. */
export async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory) await copyTree(source, target);
    else if (entry.isFile) await copyReadable(source, target);
  }
}

async function copyReadable(source: string, target: string): Promise<void> {
  await Deno.copyFile(source, target);
  const { mode } = await Deno.stat(target);
  await Deno.chmod(target, (mode ?? 0) & 0o100 ? 0o755 : 0o644);
}
