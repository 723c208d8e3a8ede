import pg from 'pg';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { CronProcessor } from '../../../../shared/cron_processor.ts';
import { defineHandler } from '../../../../shared/job_handlers.ts';
import { createServiceClient, type ServiceClient } from '../../../../shared/service_client.ts';
import type { Contender, Fate, OpenOptions, Payload } from './contender.ts';
import { POLICY, TYPE, USER } from './puppet_retry_policy.ts';

const logger = { info() {}, warn: console.error, error: console.error };

/**
 * What users have: processors that claim, run handlers and settle over the Data API. They wait for no
 * tick: what ticks cost is measured by bench:way.
 */
export class PuppetRetry implements Contender {
  readonly #settings: { batchSize?: number };
  readonly #enqueueBy: 'enqueue_jobs' | 'insert';
  #client: ServiceClient | undefined;
  #options: OpenOptions | undefined;

  constructor(
    settings: { batchSize?: number } = {},
    enqueueBy: 'enqueue_jobs' | 'insert' = 'enqueue_jobs',
  ) {
    this.#settings = settings;
    this.#enqueueBy = enqueueBy;
  }

  async install({ dbUrl }: OpenOptions) {
    await query(dbUrl, POLICY);
  }

  open(options: OpenOptions) {
    this.#options = options;
    const { url, key } = options.api;
    this.#client = createServiceClient((name) =>
      ({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: key })[name]
    );
    return Promise.resolve();
  }

  async reset() {
    await query(
      this.#options?.dbUrl ?? '',
      'truncate public.puppet_jobs, public.puppet_job_retry_history',
    );
  }

  async enqueue(payloads: Payload[]) {
    const jobs = payloads.map((job_config) => ({ user_id: USER, job_type: TYPE, job_config }));
    const { error } = this.#enqueueBy === 'insert'
      ? await this.#client!.from('puppet_jobs').insert(jobs, { defaultToNull: false })
      : await this.#client!.rpc('enqueue_jobs', { p_jobs: jobs });
    if (error) throw new Error(error.message);
  }

  async work(fate: Fate) {
    const loops = Array.from({ length: this.#options?.connections ?? 1 }, () => this.#drain(fate));
    await Promise.all(loops);
  }

  async #drain(fate: Fate) {
    const handler = defineHandler({
      jobType: TYPE,
      config: z.looseObject({}),
      run({ id }) {
        if (fate.fails(id)) throw new Error('connection reset by peer');
      },
    });
    const processor = new CronProcessor({
      ...this.#settings,
      client: this.#client!,
      logger,
      handlers: [handler],
    });
    while (!fate.done) {
      const { successfulJobs, totalJobs } = await processor.drain({ maxJobs: 1_000_000 });
      fate.count(successfulJobs);
      if (totalJobs === 0) await setTimeout(5);
    }
  }

  close() {
    return Promise.resolve();
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}
