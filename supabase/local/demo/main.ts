/**
 * `deno task demo [--jobs 300] [--seed 7]`: jobs on a fresh platform, a target that misbehaves, and what became of them.
 *
 * The last line is a JSON object; the exit code is 0 when no job was lost and none was run twice.
 */
import { readFlags } from '../flags.ts';
import { startPlatform } from '../platform.ts';
import { runDemo } from './run.ts';
import type { Tally } from './tally.ts';

const values = readFlags('demo', {
  jobs: { type: 'string', default: '300' },
  seed: { type: 'string', default: '7' },
});
const jobs = wholeNumber('jobs', values.jobs, 10, 5000);
const seed = wholeNumber('seed', values.seed, 0, 2 ** 32 - 1);

// The platform stops itself at these signals and exits; the run only has to fall silent.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  Deno.addSignalListener(signal, () => interrupted.abort());
}

console.log(`Puppet Retry, a demonstration: ${jobs} jobs of five types, made from seed ${seed}.

They are delivered to an API on this machine that misbehaves as real ones do: it answers too late,
resets and refuses connections, says 429, 500 and 503, and some jobs it turns down for good. Waits
that are hours in the policies are seconds here. Every job must end, and no attempt may run twice.

Starting Postgres, the Data API and the processor …`);

let tally: Tally | null = null;
try {
  tally = await demonstrate();
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
}
if (!tally) Deno.exit(130);
console.log(JSON.stringify(tally));
Deno.exit(tally.lost === 0 && tally.duplicated === 0 ? 0 : 1);

async function demonstrate(): Promise<Tally | null> {
  const lines: string[] = [];
  await using platform = await startPlatform({
    folder: await Deno.makeTempDir({ prefix: 'puppet-retry-demo-' }),
    fresh: true,
    temporary: true,
    tickSchedule: '1 second',
    logger: (line) => lines.push(line),
  });
  const tally = await runDemo(platform, { jobs, seed, signal: interrupted.signal });
  const failed = tally !== null && tally.lost + tally.duplicated > 0;
  if (failed) console.error(['What the platform said last:', ...lines.slice(-20)].join('\n'));
  return tally;
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} must be a whole number from ${least} to ${most}: it is ${text}`);
  Deno.exit(2);
}
