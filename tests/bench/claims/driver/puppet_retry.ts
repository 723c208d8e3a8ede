import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { connect, disconnect } from '../../speed/driver/connections.ts';
import { type Claimer, DRAIN_BATCH, drainByCalls, type Idle } from './claimer.ts';

interface Job {
  job_id: string;
  lease_token: string;
}

const BUSY = Array.from({ length: 5 }, (_, n) => `bench_${n}`);
const IDLE = Array.from({ length: 20 }, (_, n) => `idle_${n}`);

/** The shipped functions, called as service_role: five types in ten priorities. */
export class PuppetRetryClaims implements Claimer {
  #client: pg.Client | undefined;

  install() {
    return Promise.resolve();
  }

  async open(dbUrl: string) {
    [this.#client] = await connect(dbUrl, 1, 'set role service_role');
  }

  async claim(limit: number, idle: Idle) {
    const types = idle === 'instead' ? IDLE : idle === 'beside' ? [...BUSY, ...IDLE] : BUSY;
    const jobs = await this.#ask(
      'claim',
      `select claim_jobs('bench', p_limit => $1, p_job_types => $2, p_lease_token => $3) as answer`,
      [limit, types, randomUUID()],
    );
    return jobs.map((job) => ({ id: job.job_id, lease: job.lease_token }));
  }

  drain() {
    return drainByCalls(() => this.claim(DRAIN_BATCH, undefined), (jobs) => {
      const outcomes = jobs.map(({ id, lease }) => ({
        job_id: id,
        lease_token: lease,
        outcome: 'completed',
      }));
      const text = `select settle_jobs('bench', $1) as answer`;
      return this.#ask('settle', text, [JSON.stringify(outcomes)]);
    });
  }

  async close() {
    if (this.#client) await disconnect([this.#client]);
  }

  async #ask(name: string, text: string, values: unknown[]): Promise<Job[]> {
    const { rows } = await this.#client!.query<{ answer: Job[] }>({ name, text, values });
    return rows[0]?.answer ?? [];
  }
}
