import assert from 'node:assert/strict';
import { runModel } from './run_model.ts';

const STEPS = 10_000;
const SEED = 1;

Deno.test(`the database agrees with the model of the contract for ${STEPS} steps`, async () => {
  const { failure } = await runModel(Deno.env.get('SUPABASE_DB_URL') ?? '', {
    steps: STEPS,
    seed: SEED,
  });
  assert.equal(failure, null, failure ?? undefined);
});
