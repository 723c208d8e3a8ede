/**
 * `deno task chaos [--seconds 20] [--jobs 400] [--seed N] [--report FILE]`: jobs on a fresh platform
 * while everything breaks, and a judgement. The last line is the report as JSON; the exit code is 0
 * when no rule was broken.
 */
import { readFlags } from '../../supabase/local/flags.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { type Report, reportOn, summaryOf } from './report.ts';
import { runChaos } from './run.ts';

const values = readFlags('chaos', {
  seconds: { type: 'string', default: '20' },
  jobs: { type: 'string', default: '400' },
  seed: { type: 'string', default: String(crypto.getRandomValues(new Uint16Array(1))[0]) },
  report: { type: 'string' },
});
const seconds = wholeNumber('seconds', values.seconds, 10, 86_400);
const jobs = wholeNumber('jobs', values.jobs, 1, 1_000_000);
const seed = wholeNumber('seed', values.seed, 0, 2 ** 32 - 2);

// The platform stops itself at these signals and exits; the run only has to end.
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  Deno.addSignalListener(signal, () => interrupted.abort());
}

console.log(`Chaos: ${jobs} jobs, faults for ${seconds} s, seed ${seed}`);
const report = await run();
if (interrupted.signal.aborted) Deno.exit(130);
if (values.report) await Deno.writeTextFile(values.report, JSON.stringify(report, null, 2) + '\n');
console.log(summaryOf(report));
console.log(JSON.stringify(report));
Deno.exit(report.violations.length === 0 ? 0 : 1);

async function run(): Promise<Report> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-chaos-' });
  await using platform = await startPlatform({
    folder,
    temporary: true,
    tickSchedule: '1 second',
  });
  const { signal } = interrupted;
  return reportOn(await runChaos(platform, { seed, seconds, jobs, folder, say, signal }));
}

function say(line: string): void {
  console.log(line);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} must be a whole number from ${least} to ${most}: it is ${text}`);
  Deno.exit(2);
}
