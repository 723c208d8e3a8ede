import { PgBoss, type WorkOptions } from 'pg-boss';
import type { Claimed, Contender, Fate, OpenOptions, Payload, Queue } from './contender.ts';
import { pull } from './pull.ts';

const QUEUE = 'bench';
const ERROR = { message: 'connection reset' };

/** How jobs are taken: by `fetch`, `complete` and `fail`, or by `work` with these settings. */
export type PgBossSettings = 'calls' | WorkOptions;

/**
 * pg-boss with its default queue policy; retries are due at once. Its maintenance is on with its
 * defaults alone.
 */
export class PgBossContender implements Contender, Queue {
  readonly #settings: PgBossSettings;
  #boss: PgBoss | undefined;
  #options: OpenOptions | undefined;

  constructor(settings: PgBossSettings) {
    this.#settings = settings;
  }

  async install(options: OpenOptions) {
    await this.open(options);
    await this.#use().createQueue(QUEUE, { retryLimit: 5, retryDelay: 0, retryBackoff: false });
    await this.close();
  }

  async open(options: OpenOptions) {
    this.#options = options;
    this.#boss = new PgBoss({
      connectionString: options.dbUrl,
      ...this.#hasDefaults() ? {} : { supervise: false, schedule: false },
      ...this.#settings === 'calls' ? { max: options.connections } : {},
    });
    this.#boss.on('error', console.error);
    await this.#boss.start();
  }

  async reset() {
    // First, since the other deletes row by row.
    await this.#use().getDb().executeSql('truncate pgboss.job');
    await this.#use().deleteAllJobs(QUEUE);
  }

  async enqueue(payloads: Payload[]) {
    const [first] = payloads;
    if (first && payloads.length === 1) await this.#use().send(QUEUE, first);
    else await this.#use().insert(QUEUE, payloads.map((data) => ({ data })));
  }

  async work(fate: Fate) {
    if (!this.#options) return;
    if (this.#settings === 'calls') return await pull(this, fate, this.#options);
    await this.#use().work(
      QUEUE,
      { ...this.#settings, perJobResults: true },
      (jobs) => {
        const results = jobs.map(({ id }) => ({ id, fails: fate.fails(id) }));
        fate.count(results.filter(({ fails }) => !fails).length);
        return Promise.resolve(
          results.map(({ id, fails }) =>
            fails
              ? { id, status: 'failed' as const, output: ERROR }
              : { id, status: 'completed' as const }
          ),
        );
      },
    );
    await fate.end;
    await this.#use().offWork(QUEUE, { wait: true });
  }

  async close() {
    await this.#boss?.stop({ graceful: false });
  }

  async claim(_connection: number, limit: number): Promise<Claimed[]> {
    return await this.#use().fetch(QUEUE, { batchSize: limit });
  }

  async settle(_connection: number, completed: Claimed[], failed: Claimed[]) {
    if (completed.length > 0) await this.#use().complete(QUEUE, idsOf(completed));
    if (failed.length > 0) await this.#use().fail(QUEUE, idsOf(failed), ERROR);
  }

  settleAndClaim(): Promise<Claimed[]> {
    throw new Error('pg-boss has no fused call');
  }

  #hasDefaults(): boolean {
    return Object.keys(this.#settings).length === 0;
  }

  #use(): PgBoss {
    if (!this.#boss) throw new Error('pg-boss is not open');
    return this.#boss;
  }
}

function idsOf(jobs: Claimed[]): string[] {
  return jobs.map(({ id }) => id);
}
