/**
 * `deno task deploy [--project DIR] [--secrets FILE] [--arm] [--yes]`: deploys to a Supabase project, step by
 * step, and sees a tick answered. It may be run again: each step looks first whether it is done.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFlags } from '../local/flags.ts';
import { deployedFunctions } from '../install/shipment.ts';
import { LiveProject } from './live_project.ts';
import { checkProject } from './project_folder.ts';
import { readDeploySettings } from './settings.ts';
import { type Deployment, STEPS } from './steps.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

const flags = readFlags('deploy', {
  project: { type: 'string', default: CHECKOUT },
  secrets: { type: 'string' },
  arm: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
});

Deno.exit(
  await main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);

async function main(): Promise<number> {
  const functions = await deployedFunctions(CHECKOUT);
  const project = resolve(flags.project);
  const secrets = flags.secrets === undefined ? null : resolve(flags.secrets);
  await checkProject(project, functions, secrets);
  const settings = readDeploySettings(project, secrets, Deno.env.toObject());
  console.log(`From ${settings.project}
to   ${settings.ref}: functions ${functions.join(' and ')}
     ${settings.database}: migrations that are missing there
     ${settings.url}: one run of the processor, and a tick\n`);
  if (!flags.yes && !confirm('Go on?')) {
    console.error('Nothing was changed; --yes goes on without asking');
    return 1;
  }
  const deployment = { settings, functions, live: new LiveProject(settings), arm: flags.arm };
  for (const step of STEPS) await runStep(step.name, () => step.run(deployment));
  return await reportHealth(deployment);
}

async function runStep(name: string, run: () => Promise<string>): Promise<void> {
  try {
    console.log(`${name}: ${await run()}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${name}: ${reason}\nWhat was done stays; run it again when this is mended.`);
  }
}

/** Zero where all is well. */
async function reportHealth({ live }: Deployment): Promise<number> {
  const failed = (await live.checks()).filter(({ ok }) => !ok);
  for (const { name, text, advice } of failed) console.log(`${name}: ${text}\n  ${advice ?? ''}`);
  console.log(failed.length === 0 ? 'It is deployed, and all is well.' : '\nIt is deployed.');
  return failed.length === 0 ? 0 : 2;
}
