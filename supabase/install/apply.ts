import { dirname, join } from 'node:path';
import { removeIfThere } from '../local/files.ts';
import type { Change } from './file_plan.ts';
import { type InstalledFile, MANIFEST, type Manifest, manifestText } from './manifest.ts';
import type { Plan } from './plan.ts';

/**
 * Carries out a plan without problems. One that is cut off can be made again: what will be ours is
 * in the manifest before it is on disk, and the manifest loses a file only after it is gone.
 */
export async function applyPlan(
  app: string,
  plan: Plan,
  installed: Manifest | null,
): Promise<void> {
  if (plan.manifest) await writeManifest(app, announced(plan.manifest, installed));
  for (const change of plan.changes) await applyChange(app, change);
  if (plan.manifest) return await writeManifest(app, plan.manifest);
  await removeEmptyFolders(app, installed?.folders ?? []);
}

/** The manifest to write first: new files are in it, and known ones still with what is on disk. */
function announced(manifest: Manifest, installed: Manifest | null): Manifest {
  if (!installed) return manifest;
  const files: Record<string, InstalledFile> = { ...manifest.files, ...installed.files };
  return { ...manifest, files, configBlock: installed.configBlock ?? manifest.configBlock };
}

async function applyChange(app: string, change: Change): Promise<void> {
  if (change.action === 'remove') await removeIfThere(join(app, change.path));
  else await writeWhole(join(app, change.path), change.text);
}

async function writeManifest(app: string, manifest: Manifest): Promise<void> {
  await writeWhole(join(app, MANIFEST), manifestText(manifest));
}

/** Writes a file so that no reader ever sees half of it, and by way of no file of theirs; its mode stays. */
async function writeWhole(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const mode = await Deno.stat(path).then((info) => info.mode, () => null);
  const draft = `${path}.${crypto.randomUUID()}`;
  const kept = mode === null ? {} : { mode: mode & 0o777 };
  try {
    await Deno.writeTextFile(draft, text, { createNew: true, ...kept });
    await Deno.rename(draft, path);
  } catch (error) {
    await removeIfThere(draft);
    throw error;
  }
}

/** The deepest first; those that hold something of theirs stay. */
async function removeEmptyFolders(app: string, folders: string[]): Promise<void> {
  for (const folder of folders.toSorted().reverse()) {
    await Deno.remove(join(app, folder)).catch((error) => {
      const isKept = error instanceof Deno.errors.NotFound || /not empty/i.test(String(error));
      if (!isKept) throw error;
    });
  }
}
