import { readFlags } from '../../supabase/local/flags.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { runModel } from './run_model.ts';

const values = readFlags('model', {
  steps: { type: 'string', default: '10000' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  path: { type: 'string' },
  'replay-path': { type: 'string' },
});

/** `deno task model`: returns 1 where the database and the model disagree. */
async function main(): Promise<number> {
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-model-' }),
    temporary: true,
    ticks: false,
    functions: false,
  });
  const seed = Number(values.seed);
  const from = Date.now();
  const { steps, byCommand, decisions, failure } = await runModel(platform.dbUrl, {
    steps: Number(values.steps),
    seed,
    path: values.path,
    replayPath: values['replay-path'],
    progress: (seed, steps) => console.log(`seed ${seed} agrees: ${steps} steps so far`),
  });
  for (const [name, count] of [...[...byCommand].sort(), ...[...decisions].sort()]) {
    console.log(`${String(count).padStart(8)} ${name}`);
  }
  console.log(`${steps} steps in ${Math.round((Date.now() - from) / 1000)} s`);
  if (failure) console.error(failure);
  return failure ? 1 : 0;
}

Deno.exit(await main());
