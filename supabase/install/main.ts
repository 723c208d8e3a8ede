/**
 * `deno task install --into DIR [--dry-run] [--yes] [--adopted] [--undo]`: adds Puppet Retry
 * to a Supabase project that exists, upgrades it there, or takes it out again.
 *
 * With --adopted the chapters keep the versions under which `deno task adopt` recorded them.
 * With --undo and SUPABASE_DB_URL it tells which migrations that database has applied.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFlags } from '../local/flags.ts';
import { appliedMigrations } from './applied_migrations.ts';
import { applyPlan } from './apply.ts';
import { readIfThere } from '../local/files.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { type Plan, planInstall } from './plan.ts';
import { planText } from './plan_text.ts';
import { HOME, readShipment } from './shipment.ts';
import { planUndo } from './undo.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

const flags = readFlags('install', {
  into: { type: 'string', default: '' },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  adopted: { type: 'boolean', default: false },
  undo: { type: 'boolean', default: false },
});

Deno.exit(
  await main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }),
);

async function main(): Promise<number> {
  if (!flags.into) return refuse('Say where to: deno task install --into ../your-app');
  const app = resolve(flags.into);
  if (app === resolve(CHECKOUT)) {
    return refuse('This is Puppet Retry itself: name your own project');
  }
  const installed = await readManifest(app);
  if (flags.undo && !installed) return refuse(`Puppet Retry is not installed in ${app}`);
  const shipment = await readShipment(CHECKOUT);
  const plan = flags.undo && installed
    ? await planUndo(app, installed)
    : await planInstall(app, shipment, installed, { adopted: flags.adopted });
  const uninstall = flags.undo ? await readIfThere(join(app, HOME, 'uninstall.sql')) : null;
  console.log(`${flags.undo ? 'Puppet Retry out of' : 'Puppet Retry into'} ${app}\n`);
  console.log(planText(plan));
  if (plan.problems.length > 0) return 1;
  if (flags['dry-run']) return 0;
  if (plan.changes.length > 0 && !flags.yes && !confirm('Go on?')) {
    return refuse('Nothing was changed; --yes goes on without asking');
  }
  await applyPlan(app, plan, installed);
  console.log(
    installed && flags.undo
      ? await afterUndo(installed, uninstall ?? '')
      : afterInstall(plan, shipment.functions),
  );
  return 0;
}

function afterInstall(plan: Plan, functions: string[]): string {
  if (plan.changes.length === 0) {
    const isWhole = plan.edited.length + plan.notes.length === 0;
    return `It is installed as this version has it${
      isWhole ? '' : ', but for what is named above'
    }.`;
  }
  return `Done. Next: deno task deploy --project ${flags.into}

or, by hand, from your project:

  npx supabase db push --remote
  npx supabase functions deploy ${functions.join(' ')} --use-api

and once, in the SQL editor, to arm the ticks and to make the first call, by which the job types of
your handlers become known:

  select arm_ticks('https://<project>.supabase.co');
  select tick_retry_processor(true);`;
}

async function afterUndo(installed: Manifest, uninstall: string): Promise<string> {
  const url = Deno.env.get('SUPABASE_DB_URL');
  const applied = url ? await appliedMigrations(url, Object.values(installed.chapters)) : null;
  if (applied?.length === 0) {
    return 'Done. No migration of Puppet Retry is applied in that database.';
  }
  const which = applied
    ? `These of its migrations are applied in that database:\n\n  ${applied.join('\n  ')}\n`
    : 'Databases that it was pushed to still have it (SUPABASE_DB_URL would tell which migrations).\n';
  return `Done. ${which}
This drops its schema with all jobs, and forgets its migrations. Run it in the SQL editor:

${uninstall}`;
}

function refuse(sentence: string): number {
  console.error(sentence);
  return 1;
}
