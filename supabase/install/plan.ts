import { join } from 'node:path';
import { isThere, readIfThere } from '../local/files.ts';
import { planConfig, readConfig, takenNames } from './config_block.ts';
import { definedNames } from './defined_names.ts';
import { type Change, planFile, planGoneFile } from './file_plan.ts';
import type { InstalledFile, Manifest } from './manifest.ts';
import {
  MIGRATIONS,
  ownPaths,
  stampChapters,
  versionOf,
  versionsInTheWay,
} from './migration_stamps.ts';
import { HOME, type Shipment, type ShippedFile } from './shipment.ts';
import { uninstallSql } from './uninstall_sql.ts';

export const CONFIG = 'supabase/config.toml';

/** What an installation, an upgrade or an undo would do. */
export interface Plan {
  changes: Change[];
  /** Why it cannot be done; then nothing is. */
  problems: string[];
  /** What is left as it is and wants a look. */
  notes: string[];
  /** Files of ours that they edited, which are kept, and that no note is about. */
  edited: string[];
  /** What is installed afterwards; null for nothing. */
  manifest: Manifest | null;
}

/**
 * Plans an installation into an application, or the upgrade of one; changes nothing.
 *
 * `adopted`: `deno task adopt` has applied the chapters to its database, under their own versions.
 */
export async function planInstall(
  app: string,
  shipment: Shipment,
  installed: Manifest | null,
  { adopted = false }: { adopted?: boolean } = {},
): Promise<Plan> {
  const plan: Plan = { changes: [], problems: [], notes: [], edited: [], manifest: null };
  const config = await readIfThere(join(app, CONFIG));
  if (config === null) {
    plan.problems.push(`there is no ${CONFIG}: run npx supabase init there first`);
    return plan;
  }
  const { functions } = shipment;
  if (!installed) await checkProject(app, shipment, plan);
  if (!installed && !adopted) await checkNames(app, shipment, plan);
  const { text, block, ...said } = planConfig(config, installed?.configBlock ?? null, functions);
  if (said.problem) plan.problems.push(said.problem);
  if (said.note) plan.notes.push(said.note);
  if (text !== null) plan.changes.push({ action: 'change', path: CONFIG, text });
  if (!readConfig(config).api.schemas.includes('public')) {
    plan.notes.push(`${CONFIG}: [api] schemas lacks "public", where Puppet Retry's functions are`);
  }
  const known = installed?.chapters ?? (adopted ? ownPaths(shipment.chapters) : {});
  const theirs = await theirMigrations(app, installed);
  const versions = [...theirs, ...Object.values(known)].map(fileName);
  const { files: chapters, paths } = stampChapters(
    shipment.chapters,
    known,
    versions.map((name) => versionOf(name) ?? ''),
  );
  const uninstall: ShippedFile = {
    path: `${HOME}/uninstall.sql`,
    text: uninstallSql(shipment.chapters, Object.values(paths)),
    kind: 'ours',
  };
  const shipped = [...shipment.files, uninstall, ...chapters];
  const files = await planFiles(app, shipped, installed, plan);
  plan.manifest = {
    format: 1,
    files,
    chapters: paths,
    configBlock: block,
    folders: [...installed?.folders ?? [], ...await missingFolders(app, plan.changes)],
  };
  return plan;
}

/** What only a first installation has to look for. */
async function checkProject(app: string, shipment: Shipment, plan: Plan): Promise<void> {
  const folders = await Promise.all(
    shipment.functions.map((name) => isThere(join(app, 'supabase', 'functions', name))),
  );
  const taken = shipment.functions.filter((_, index) => folders[index]);
  const declared = readConfig(await Deno.readTextFile(join(app, CONFIG))).functions;
  const undeclared = taken.filter((name) => !(name in declared));
  if (undeclared.length > 0) plan.problems.push(takenNames(undeclared));
  const theirs = await theirMigrations(app, null);
  const late = versionsInTheWay(theirs.map((path) => versionOf(fileName(path)) ?? ''));
  if (late.length > 0) {
    plan.problems.push(
      `migrations must be numbered like 20260131235959, so that ours can follow: ${
        late.join(', ')
      }`,
    );
  }
}

/** An adoption moves what has our names aside; any other project has to do so itself. */
async function checkNames(app: string, shipment: Shipment, plan: Plan): Promise<void> {
  const theirs = await theirMigrations(app, null);
  const scripts = await Promise.all(theirs.map((path) => Deno.readTextFile(join(app, path))));
  const names = definedNames(scripts).map(({ name }) => name);
  const ours = new Set(definedNames(shipment.chapters.map(({ text }) => text)).map((o) => o.name));
  const clashes = [...new Set(names.filter((name) => ours.has(name)))];
  if (clashes.length === 0) return;
  const wayOut = clashes.includes('public.puppet_jobs')
    ? 'bring your databases to Puppet Retry by deno task adopt, then install with --adopted'
    : 'rename yours';
  plan.problems.push(
    `your migrations define what Puppet Retry defines too: ${clashes.join(', ')}; ${wayOut}`,
  );
}

async function planFiles(
  app: string,
  shipped: (Parameters<typeof planFile>[1])[],
  installed: Manifest | null,
  plan: Plan,
): Promise<Record<string, InstalledFile>> {
  const files: Record<string, InstalledFile> = {};
  for (const file of shipped) {
    const known = installed?.files[file.path];
    // What we ship of theirs is a start; later versions of it are none of our business.
    if (file.kind === 'theirs' && installed) {
      if (known) files[file.path] = known;
      continue;
    }
    const { entry, changes, problem, note, isEdited } = await planFile(app, file, known);
    if (entry) files[file.path] = entry;
    plan.changes.push(...changes);
    if (problem) plan.problems.push(problem);
    if (note) plan.notes.push(note);
    if (isEdited) plan.edited.push(file.path);
  }
  for (const [path, known] of Object.entries(installed?.files ?? {})) {
    if (path in files) continue;
    const { entry, changes, note } = await planGoneFile(app, path, known);
    if (entry) files[path] = entry;
    plan.changes.push(...changes);
    if (note) plan.notes.push(note);
  }
  return files;
}

/** Paths of the migrations that are not ours, in order. */
async function theirMigrations(app: string, installed: Manifest | null): Promise<string[]> {
  if (!await isThere(join(app, MIGRATIONS))) return [];
  const names = await Array.fromAsync(Deno.readDir(join(app, MIGRATIONS)), ({ name }) => name);
  const ours = new Set(Object.values(installed?.chapters ?? {}));
  return names.sort()
    .filter((name) => versionOf(name) !== null)
    .map((name) => `${MIGRATIONS}/${name}`)
    .filter((path) => !ours.has(path));
}

async function missingFolders(app: string, changes: Change[]): Promise<string[]> {
  const folders = new Set(changes.flatMap(({ path }) => ancestors(path)));
  const missing = [];
  for (const folder of folders) {
    if (!await isThere(join(app, folder))) missing.push(folder);
  }
  return missing;
}

function ancestors(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
