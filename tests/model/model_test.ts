import assert from 'node:assert/strict';
import { chosenPostgres } from '../../supabase/local/postgres_tree.ts';
import { runModel } from './run_model.ts';

const SEED = 1;
// The rules are the same everywhere; on the second Postgres a sample is enough.
const STEPS = chosenPostgres() === 'npm' ? 10_000 : 3_000;
const STEPS_FROM_A_RANDOM_SEED = 1_500;

async function assertAgrees(steps: number, seed: number): Promise<void> {
  const url = Deno.env.get('SUPABASE_DB_URL') ?? '';
  const { failure } = await runModel(url, { steps, seed });
  assert.equal(failure, null, `seed ${seed}: ${failure}`);
}

Deno.test(`the database agrees with the model of the contract for ${STEPS} steps`, async () => {
  await assertAgrees(STEPS, SEED);
});

Deno.test(`and for ${STEPS_FROM_A_RANDOM_SEED} steps from a random seed`, async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
  // Printed first, for a run that is cut off; a failure tells how to replay it alone.
  console.log(`deno task model --steps ${STEPS_FROM_A_RANDOM_SEED} --seed ${seed}`);
  await assertAgrees(STEPS_FROM_A_RANDOM_SEED, seed);
});
