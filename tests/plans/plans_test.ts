import { claimCases } from './claim_cases.ts';
import { enqueueCases } from './enqueue_cases.ts';
import { failedCases } from './failed_cases.ts';
import { openFullDatabase } from './full_database.ts';
import { checkPlans } from './plan_case.ts';
import { firstAttempts, settleCases } from './settle_cases.ts';
import { tickCases } from './tick_cases.ts';

/** On Debian's Postgres fewer: there the tests run beside those of the other Postgres. */
const JOBS = Number(
  Deno.env.get('PUPPET_PLANS_JOBS') ??
    (Deno.env.get('PUPPET_POSTGRES') === 'system' ? 300_000 : 1_000_000),
);

Deno.test(`plans: with ${JOBS} jobs and as many attempts`, async (t) => {
  await using full = await openFullDatabase(JOBS);
  const cases = [...enqueueCases, ...claimCases, ...settleCases, ...tickCases, ...failedCases];
  for (const one of cases) await t.step(one.name, () => checkPlans(full.watcher, one));
  // Enough to be seen: what reads them takes a buffer for each hundred at least.
  const unclaimed = JOBS / 4;
  await full.addUnclaimed(unclaimed);
  for (const one of claimCases) {
    await t.step(
      `${one.name}, beside ${unclaimed} due jobs that nobody claims`,
      () => checkPlans(full.watcher, one),
    );
  }
  await full.forgetAttempts();
  await t.step(firstAttempts.name, () => checkPlans(full.watcher, firstAttempts));
});
