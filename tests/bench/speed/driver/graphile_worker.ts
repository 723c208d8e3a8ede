import {
  Logger,
  makeWorkerUtils,
  run,
  type RunnerOptions,
  type WorkerUtils,
} from 'graphile-worker';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Clock, Contender, Fate, OpenOptions, Payload } from './contender.ts';

/** Its first retry is due e seconds after a failure, and nothing changes that. */
const BACKOFF_MS = 2900;

/** As https://worker.graphile.org/docs/performance advises; it polls more often than that says. */
export const HIGH_THROUGHPUT: Partial<RunnerOptions> = {
  preset: {
    worker: {
      concurrentJobs: 24,
      maxPoolSize: 25,
      pollInterval: 100,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
};

/** Jobs one by one, eight of them at once. */
export const EIGHT_AT_ONCE: Partial<RunnerOptions> = {
  preset: { worker: { concurrentJobs: 8, maxPoolSize: 9, pollInterval: 100 } },
};

const logger = new Logger(() => () => {});

/** graphile-worker's `run` with these settings. */
export class GraphileWorker implements Contender {
  readonly #settings: Partial<RunnerOptions>;
  #options: OpenOptions | undefined;
  #utils: WorkerUtils | undefined;

  constructor(settings: Partial<RunnerOptions> = {}) {
    this.#settings = settings;
  }

  async install(options: OpenOptions) {
    await this.open(options);
    await this.#utils?.migrate();
    await this.close();
  }

  async open(options: OpenOptions) {
    this.#options = options;
    this.#utils = await makeWorkerUtils({ connectionString: options.dbUrl, logger });
  }

  async reset() {
    const client = new pg.Client({ connectionString: this.#options?.dbUrl });
    await client.connect();
    await client.query('truncate graphile_worker._private_jobs');
    await client.end();
  }

  async enqueue(payloads: Payload[]) {
    const [first] = payloads;
    if (first && payloads.length === 1) await this.#utils?.addJob('bench', first);
    else {
      await this.#utils?.addJobs(payloads.map((payload) => ({ identifier: 'bench', payload })));
    }
  }

  /** Two runs, each until its jobs are through; between them the clock stands while retries become due. */
  async work(fate: Fate, clock: Clock) {
    await this.#run(fate, clock, fate.allTried);
    if (fate.done) return;
    await setTimeout(BACKOFF_MS);
    await this.#run(fate, clock, fate.end);
  }

  async #run(fate: Fate, clock: Clock, until: Promise<void>) {
    await clock.pause();
    // What it fetches while it starts must wait for the clock.
    const started = Promise.withResolvers<void>();
    const runner = await run({
      connectionString: this.#options?.dbUrl ?? '',
      noHandleSignals: true,
      logger,
      ...this.#settings,
      taskList: {
        bench: async (_payload, { job }) => {
          await started.promise;
          if (fate.fails(job.id)) throw new Error('connection reset');
          fate.count(1);
        },
      },
    });
    await clock.resume();
    started.resolve();
    await until;
    await runner.stop();
    await clock.pause();
  }

  async close() {
    await this.#utils?.release();
  }
}
