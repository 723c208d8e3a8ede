import assert from 'node:assert/strict';
import { chosenPostgres } from '../../supabase/local/postgres_tree.ts';
import { runModel } from './run_model.ts';

const SEED = 1;
// The rules are the same everywhere; on the second Postgres a sample is enough.
const STEPS = chosenPostgres() === 'npm' ? 10_000 : 3_000;
const STEPS_OF_ANOTHER_SEED = 1_500;

async function assertAgrees(steps: number, seed: number): Promise<void> {
  const url = Deno.env.get('SUPABASE_DB_URL') ?? '';
  const { failure } = await runModel(url, { steps, seed });
  assert.equal(failure, null, `seed ${seed}: ${failure}`);
}

Deno.test(`the database agrees with the model of the contract for ${STEPS} steps`, async () => {
  await assertAgrees(STEPS, SEED);
});

Deno.test(`and for ${STEPS_OF_ANOTHER_SEED} steps from another seed`, async () => {
  await assertAgrees(STEPS_OF_ANOTHER_SEED, 20261124);
});
