/**
 * `deno task soak --minutes N [--rate JOBS_PER_SECOND] [--fail SHARE] [--deliveries SHARE]
 * [--folder DIR]`: a steady load on a fresh platform, and what it does to memory, CPU, latency and
 * the tables. Ends with 1 where a job was lost or the processor died; Ctrl-C ends it early, with
 * its report.
 */
import { join } from 'node:path';
import { readFlags } from '../../supabase/local/flags.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { makeProject } from '../processor_project.ts';
import { writeReport } from './report.ts';
import { soak, type Soaked } from './run.ts';
import type { Sample } from './sample.ts';
import { describe, summarise } from './summary.ts';

const values = readFlags('soak', {
  minutes: { type: 'string', default: '10' },
  rate: { type: 'string', default: '50' },
  fail: { type: 'string', default: '0.3' },
  deliveries: { type: 'string', default: '0.2' },
  sample: { type: 'string', default: '10' },
  folder: { type: 'string', default: '.local/soak' },
});
const minutes = numberOf('minutes', values.minutes, 0.1, 10_000);
const load = {
  jobsPerSecond: numberOf('rate', values.rate, 0.1, 4000),
  failShare: numberOf('fail', values.fail, 0, 1),
  deliveryShare: numberOf('deliveries', values.deliveries, 0, 1),
};
const sampleSeconds = numberOf('sample', values.sample, 1, 3600);

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  Deno.addSignalListener(signal, () => interrupted.abort());
}

const startedAt = new Date().toISOString();
const { samples, enqueued, jobs, deaths } = await run();
const summary = summarise(samples, jobs, enqueued, deaths);
const machine = `${navigator.hardwareConcurrency} cores, Deno ${Deno.version.deno}`;
const paths = await writeReport(values.folder, { startedAt, machine, load, summary, samples });
console.log(describe(summary));
console.log(paths.join('\n'));
Deno.exit(summary.lost === 0 && summary.processorDeaths === 0 ? 0 : 1);

async function run(): Promise<Soaked> {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-soak-' });
  await using platform = await startPlatform({
    folder,
    project: await makeProject(join(folder, 'project'), {
      processor: 'tests/soak/processor.ts',
    }),
    temporary: true,
    // As hosted: every commit reaches the disk.
    durable: true,
    tickSchedule: '1 second',
    stopsAtSignals: false,
    logger: (line) => console.error(line),
  });
  const { signal } = interrupted;
  console.log(`A soak of ${minutes} min at ${load.jobsPerSecond} jobs/s. Ctrl-C ends it early.`);
  return await soak(platform, {
    ...load,
    seconds: minutes * 60,
    sampleSeconds,
    onSample: tell,
    signal,
  });
}

function tell(sample: Sample): void {
  const number = (value: number | null, digits: number) => value?.toFixed(digits) ?? '-';
  console.log(
    `${sample.at.toFixed(0).padStart(6)} s  ${number(sample.settledPerSecond, 1)} settled/s  ` +
      `CPU ${number(sample.processorCpuMs, 2)} + ${number(sample.postgresCpuMs, 2)} ms each  ` +
      `${number(sample.memoryMb, 0)} MB  claim p99 ${number(sample.claimP99, 0)} ms  ` +
      `${sample.due} due`,
  );
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  console.error(`--${name} must be a number from ${least} to ${most}: it is ${text}`);
  Deno.exit(2);
}
