import { join } from 'node:path';
import { readIfThere } from '../local/files.ts';
import { withoutBlock } from './config_block.ts';
import { withdrawOffer } from './file_plan.ts';
import { MANIFEST, type Manifest, sha256 } from './manifest.ts';
import { CONFIG, type Plan } from './plan.ts';

/** Plans to take out of an application exactly what was installed; changes nothing. */
export async function planUndo(app: string, installed: Manifest): Promise<Plan> {
  const plan: Plan = { changes: [], problems: [], notes: [], edited: [], manifest: null };
  await planConfigUndo(app, installed.configBlock, plan);
  for (const [path, known] of Object.entries(installed.files)) {
    plan.changes.push(...await withdrawOffer(app, path, known));
    const there = await readIfThere(join(app, path));
    if (there === null) continue;
    if (await sha256(there) === known.sha256) plan.changes.push({ action: 'remove', path });
    else plan.notes.push(`${path} is kept, since you edited it`);
  }
  plan.changes.push({ action: 'remove', path: MANIFEST });
  return plan;
}

async function planConfigUndo(app: string, block: string | null, plan: Plan): Promise<void> {
  if (block === null) return;
  const text = withoutBlock(await readIfThere(join(app, CONFIG)) ?? '', block);
  if (text !== null) plan.changes.push({ action: 'change', path: CONFIG, text });
  else plan.notes.push(`${CONFIG} is kept: our block in it was edited; remove it by hand`);
}
