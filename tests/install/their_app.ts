import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifest } from '../../supabase/install/manifest.ts';
import { applyPlan } from '../../supabase/install/apply.ts';
import { type Plan, planInstall } from '../../supabase/install/plan.ts';
import { readShipment, type Shipment } from '../../supabase/install/shipment.ts';
import { planUndo } from '../../supabase/install/undo.ts';
import { runSupabase } from '../local/supabase_command.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const THEIR_PROJECT = fileURLToPath(new URL('./their_project', import.meta.url));

// Its defaults are written without an entrypoint, as many projects have it.
const HELLO = '\n[functions.hello]\nverify_jwt = false';

/** An application that `supabase init` made, with a schema and a function of its own. */
export interface TheirApp extends AsyncDisposable {
  readonly path: string;
  /** The shipment of this checkout; a copy, to be changed as a later version would have it. */
  shipment(): Promise<Shipment>;
  install(shipment?: Shipment, options?: { adopted?: boolean }): Promise<Plan>;
  undo(): Promise<Plan>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Every file and its text, by path; what the CLI keeps for itself left out. */
  files(): Promise<Record<string, string>>;
}

export async function makeTheirApp(): Promise<TheirApp> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-install-' });
  const path = join(folder, 'app');
  await Deno.mkdir(path);
  const read = (name: string) => Deno.readTextFile(join(path, name));
  const write = (name: string, text: string) => Deno.writeTextFile(join(path, name), text);
  await copyFolder(THEIR_PROJECT, join(path, 'supabase'));
  await write('supabase/config.toml', await (initialConfig ??= initConfig()) + HELLO);
  await write('package.json', '{ "name": "their-app", "dependencies": { "react": "^19.0.0" } }\n');
  const shipment = () => readShipment(CHECKOUT);
  return {
    path,
    shipment,
    read,
    write,
    async install(shipped, options) {
      const installed = await readManifest(path);
      const plan = await planInstall(path, shipped ?? await shipment(), installed, options);
      if (plan.problems.length === 0) await applyPlan(path, plan, installed);
      return plan;
    },
    async undo() {
      const installed = await readManifest(path);
      assert.ok(installed);
      const plan = await planUndo(path, installed);
      await applyPlan(path, plan, installed);
      return plan;
    },
    files: () => filesBelow(path, path),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

let initialConfig: Promise<string> | undefined;

/** What `supabase init` writes; asked once, since the CLI takes seconds. */
async function initConfig(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-install-' });
  try {
    const app = join(folder, 'app');
    await Deno.mkdir(app);
    const { code, stderr } = await runSupabase(app, 'init');
    assert.equal(code, 0, stderr);
    return await Deno.readTextFile(join(app, 'supabase', 'config.toml'));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesBelow(root: string, folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (name === '.temp') continue;
    if (isDirectory) Object.assign(found, { [`${relative(root, path)}/`]: '' });
    if (isDirectory) Object.assign(found, await filesBelow(root, path));
    else found[relative(root, path)] = await Deno.readTextFile(path);
  }
  return found;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
