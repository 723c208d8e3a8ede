import { createServiceClient } from '../../shared/service_client.ts';
import { openDatabase } from '../../supabase/local/database_client.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import { pause } from '../../supabase/local/polling.ts';
import { runProcessor } from '../processor_project.ts';
import { countJobs, type JobCounts } from './database_state.ts';
import { applyPolicies } from './jobs.ts';
import { type LoadOptions, startLoad } from './load.ts';
import type { Sample } from './sample.ts';
import { type Sampler, startSampler } from './sampler.ts';
import { watchProcessor } from './processor_watch.ts';
import { startTarget } from './target.ts';

export interface SoakOptions extends LoadOptions {
  seconds: number;
  /** Time between samples. */
  sampleSeconds: number;
  /** Called with each sample. */
  onSample(sample: Sample): void;
  /** An abort ends the soak early, in good order. */
  signal: AbortSignal;
}

export interface Soaked {
  samples: Sample[];
  enqueued: number;
  jobs: JobCounts;
  deaths: number;
}

/** How long what waits at the end of the load may take, in ms. */
const DRAIN_MS = 30_000;

/** Puts a steady load on a platform that is up, looks at it all the while, and counts at the end. */
export async function soak(platform: Platform, options: SoakOptions): Promise<Soaked> {
  await using stack = new AsyncDisposableStack();
  const sql = openDatabase(platform.dbUrl, 1, 'soak');
  stack.defer(() => sql.end({ timeout: 1 }));
  const target = stack.use(startTarget());
  await applyPolicies(sql, target.url);
  await runProcessor(platform.processorUrl, platform.keys.secret);
  const over = AbortSignal.any([options.signal, AbortSignal.timeout(options.seconds * 1000)]);
  const deaths = watchProcessor(platform, over);
  const load = startLoad(createServiceClient((name) => platform.env[name]), options, over);
  const sampler = await startSampler({
    sql,
    processorPid: () => platform.functions['processor']?.pid ?? null,
    enqueued: () => load.enqueued,
  });
  const samples = await sampleUntilOver(sampler, options, over);
  await load.ended;
  const jobs = await drain(() => countJobs(sql), options.signal);
  return { samples, enqueued: load.enqueued, jobs, deaths: deaths.count };
}

/** Samples until the load is over, and then once more. */
async function sampleUntilOver(
  sampler: Sampler,
  { sampleSeconds, onSample }: SoakOptions,
  over: AbortSignal,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  while (!over.aborted) {
    const next = start + (samples.length + 1) * sampleSeconds * 1000;
    await pause(Math.max(0, next - performance.now()), over);
    const sample = await sampler.take();
    samples.push(sample);
    onSample(sample);
  }
  return samples;
}

/** Waits until nothing is left, and counts; an abort means that nobody wants to wait. */
async function drain(count: () => Promise<JobCounts>, signal: AbortSignal): Promise<JobCounts> {
  const until = performance.now() + DRAIN_MS;
  let jobs = await count();
  while (jobs.waiting > 0 && performance.now() < until && !signal.aborted) {
    await pause(500, signal);
    jobs = await count();
  }
  return jobs;
}
