import type { Chapter, ShippedFile } from './shipment.ts';

export const MIGRATIONS = 'supabase/migrations';

const MIGRATION_PREFIX = 'puppet_retry_';

/** Chapters as files of the application, and where each of them is from now on. */
export interface StampedChapters {
  files: ShippedFile[];
  /** Path by chapter name. */
  paths: Record<string, string>;
}

/**
 * Gives each chapter its version: the one it has already, else one second after all that are there,
 * so that `supabase db push` applies it last. The same folder always gives the same versions.
 */
export function stampChapters(
  chapters: Chapter[],
  paths: Record<string, string>,
  versions: string[],
): StampedChapters {
  const stamped: StampedChapters = { files: [], paths: { ...paths } };
  let last = versions.filter(isTimestamp).sort().at(-1) ?? '';
  for (const { name, text, version } of chapters) {
    let path = stamped.paths[name];
    if (path === undefined) {
      last = last < version && Object.keys(stamped.paths).length === 0 ? version : nextSecond(last);
      path = `${MIGRATIONS}/${last}_${MIGRATION_PREFIX}${name}.sql`;
      stamped.paths[name] = path;
    }
    stamped.files.push({ path, text, kind: 'chapter' });
  }
  return stamped;
}

/** The paths of chapters under their own versions, as an adoption records them. */
export function ownPaths(chapters: Chapter[]): Record<string, string> {
  return Object.fromEntries(
    chapters.map(({ name, version }) => [name, `${MIGRATIONS}/${version}_${name}.sql`]),
  );
}

/** Versions that come after every timestamp, so that no migration of ours could follow them. */
export function versionsInTheWay(versions: string[]): string[] {
  return versions.filter((version) => !isTimestamp(version) && version > '2');
}

/** The version that a migration's file name begins with; null where the CLI would not read the file. */
export function versionOf(fileName: string): string | null {
  return /^(\d+)_.*\.sql$/.exec(fileName)?.[1] ?? null;
}

/** What the Supabase CLI records of a migration that it applied, by the path of its file. */
export function recordOf(path: string): { version: string; name: string } {
  const [, version = '', name = ''] = /(\d+)_([^/]*)\.sql$/.exec(path) ?? [];
  return { version, name };
}

function isTimestamp(version: string): boolean {
  return /^\d{14}$/.test(version);
}

function nextSecond(version: string): string {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(version) ?? [];
  const time = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second) + 1,
  );
  return new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
}
