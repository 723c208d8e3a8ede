/**
 * `deno task adopt --db-url URL [--dry-run] [--undo]`: brings an older puppet_jobs table to Puppet
 * Retry, or back; exits 1, with the database as it was, when it cannot.
 */
import { readFlags } from '../local/flags.ts';
import { adopt } from './adopt.ts';
import { AdoptionRefused, type Report } from './report.ts';
import { undoAdoption } from './undo.ts';

const USAGE = 'Usage: deno task adopt --db-url postgresql://… [--dry-run] [--undo]';

const flags = readFlags('adopt', {
  'db-url': { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  undo: { type: 'boolean', default: false },
});
const url = flags['db-url'] ?? Deno.env.get('SUPABASE_DB_URL');
if (!url) {
  console.error(USAGE);
  Deno.exit(2);
}
try {
  const run = flags.undo ? undoAdoption : adopt;
  print(await run(url, { dryRun: flags['dry-run'] }));
} catch (error) {
  const reasons = error instanceof AdoptionRefused ? error.reasons : [`${error}`];
  console.error('Nothing was changed:');
  for (const reason of reasons) console.error(`- ${reason}`);
  Deno.exit(1);
}

function print({ changed, mind }: Report): void {
  console.log(flags['dry-run'] ? 'This would be done:' : 'Done:');
  for (const line of changed) console.log(`- ${line}`);
  if (mind.length > 0) console.log('\nLook at these:');
  for (const line of mind) console.log(`- ${line}`);
}
