import { dirname } from 'node:path/posix';
import type { Change } from './file_plan.ts';
import { CONFIG, type Plan } from './plan.ts';

/** A plan in words, for a terminal. */
export function planText(plan: Plan): string {
  if (plan.problems.length > 0) {
    return `It cannot be done, and nothing was changed:\n${list(plan.problems)}`;
  }
  const changes = plan.changes.length === 0 ? 'Nothing to change.\n' : changeLines(plan.changes);
  const block = configBlockOf(plan);
  const config = block === null ? '' : `\n${CONFIG} gets this block:\n\n${block}\n`;
  const notes = plan.notes.length === 0 ? '' : `\nFor you to look at:\n${list(plan.notes)}`;
  const edited = plan.edited.length === 0
    ? ''
    : `\nKept, because you edited it:\n${list(plan.edited)}`;
  return changes + config + edited + notes;
}

/** What is written into config.toml, to the letter; null where nothing is, or it is taken out. */
function configBlockOf({ changes, manifest }: Plan): string | null {
  if (!changes.some(({ path }) => path === CONFIG)) return null;
  return manifest?.configBlock?.trim() ?? null;
}

/** New and removed files are counted by folder; files that are changed are named. */
function changeLines(changes: Change[]): string {
  const counts = new Map<string, number>();
  const named: string[] = [];
  for (const { action, path } of changes) {
    if (action === 'replace' || action === 'change' || path.endsWith('.new')) {
      named.push(`  ${action.padEnd(8)} ${path}\n`);
      continue;
    }
    const key = `${action.padEnd(8)} ${dirname(path)}/`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const counted = [...counts].map(([key, count]) =>
    `  ${key.padEnd(60)} ${count} ${count === 1 ? 'file' : 'files'}\n`
  );
  return [...counted, ...named].join('');
}

function list(sentences: string[]): string {
  return sentences.map((sentence) => `  - ${sentence}\n`).join('');
}
