import { join } from 'node:path';
import { readIfThere } from '../local/files.ts';
import { type InstalledFile, sha256 } from './manifest.ts';
import type { ShippedFile } from './shipment.ts';

/** One change of a file of the application; paths have slashes. */
export type Change =
  | { action: 'add' | 'replace' | 'change'; path: string; text: string }
  | { action: 'remove'; path: string };

export interface FilePlan {
  /** What the manifest says of it afterwards; null for nothing. */
  entry: InstalledFile | null;
  changes: Change[];
  problem?: string;
  note?: string;
  /** They edited it, and nothing else is said of it. */
  isEdited?: boolean;
}

/** Where the new version of a file goes that is kept as it is. */
export function besideOf(path: string): string {
  return `${path}.new`;
}

/** What to do about a file that we ship, by what is on disk and what we wrote there before. */
export async function planFile(
  app: string,
  { path, text, kind }: ShippedFile,
  known: InstalledFile | undefined,
): Promise<FilePlan> {
  const there = await readIfThere(join(app, path));
  const shipped = await sha256(text);
  const entry: InstalledFile = { kind, sha256: shipped };
  if (there === null) {
    if (kind === 'chapter' && known && known.sha256 !== shipped) {
      return {
        entry: known,
        changes: [],
        problem: `${path} is missing: take it back from your version control`,
      };
    }
    return { entry, changes: [{ action: 'add', path, text }] };
  }
  const found = await sha256(there);
  if (found === shipped) return { entry, changes: await withdrawOffer(app, path, known) };
  if (!known) {
    if (kind === 'theirs') return { entry: null, changes: [] };
    return {
      entry: null,
      changes: [],
      problem: `${path} is there and not ours: move it away and install again`,
    };
  }
  if (kind === 'ours' && found === known.sha256) {
    return { entry, changes: [{ action: 'replace', path, text }] };
  }
  const kept = await planKeptFile(app, { path, text, kind }, known);
  return { ...kept, isEdited: found !== known.sha256 && !kept.note };
}

/** A file that is not overwritten: a newer version is put beside it, once. */
async function planKeptFile(
  app: string,
  { path, text, kind }: ShippedFile,
  known: InstalledFile,
): Promise<FilePlan> {
  const shipped = await sha256(text);
  if (shipped === known.sha256) return { entry: known, changes: [] };
  const beside = besideOf(path);
  const note = kind === 'chapter'
    ? `${path} is kept, since it may be applied, and its chapter has changed: bring what is new in ` +
      `${beside} to your database by a migration of your own, or, where no job is to be kept, by ` +
      '--undo, uninstall.sql and a new installation'
    : `${path} is kept, since you edited it: merge ${beside} into it`;
  const offered = await readIfThere(join(app, beside));
  if (shipped === known.offered) {
    return { entry: known, changes: [], ...offered === null ? {} : { note } };
  }
  if (offered !== null && await sha256(offered) !== known.offered) {
    return {
      entry: known,
      changes: [],
      problem: `${beside} is there and not as we wrote it: move it away and install again`,
    };
  }
  return {
    entry: { ...known, offered: shipped },
    changes: [{ action: offered === null ? 'add' : 'replace', path: beside, text }],
    note,
  };
}

/** What to do about a file that was installed and is shipped no longer. */
export async function planGoneFile(
  app: string,
  path: string,
  known: InstalledFile,
): Promise<FilePlan> {
  const withdrawn = await withdrawOffer(app, path, known);
  const there = await readIfThere(join(app, path));
  if (known.kind !== 'ours') return { entry: known, changes: withdrawn };
  if (there === null) return { entry: null, changes: withdrawn };
  if (await sha256(there) === known.sha256) {
    return { entry: null, changes: [...withdrawn, { action: 'remove', path }] };
  }
  return {
    entry: null,
    changes: withdrawn,
    note: `${path} is no longer part of Puppet Retry; it is kept, since you edited it`,
  };
}

/** Removes the `.new` beside a file, if it is as we wrote it. */
export async function withdrawOffer(
  app: string,
  path: string,
  known: InstalledFile | undefined,
): Promise<Change[]> {
  if (!known?.offered) return [];
  const offered = await readIfThere(join(app, besideOf(path)));
  if (offered === null || await sha256(offered) !== known.offered) return [];
  return [{ action: 'remove', path: besideOf(path) }];
}
