import type { Contender, Queue } from '../../speed/driver/contender.ts';
import { type Claimer, DRAIN_BATCH, drainByCalls } from './claimer.ts';

/** A contender of the speed bench that claims and settles by calls. */
export class CallClaims implements Claimer {
  readonly #queue: Contender & Queue;
  readonly #prepare: (dbUrl: string) => Promise<void>;

  constructor(queue: Contender & Queue, prepare = (_dbUrl: string) => Promise.resolve()) {
    this.#queue = queue;
    this.#prepare = prepare;
  }

  async install(dbUrl: string) {
    await this.#queue.install(options(dbUrl));
    await this.#prepare(dbUrl);
  }

  open(dbUrl: string) {
    return this.#queue.open(options(dbUrl));
  }

  claim(limit: number) {
    return this.#queue.claim(0, limit);
  }

  drain() {
    return drainByCalls(
      () => this.claim(DRAIN_BATCH),
      (jobs) => this.#queue.settle(0, jobs, []),
    );
  }

  close() {
    return this.#queue.close();
  }
}

function options(dbUrl: string) {
  return { dbUrl, api: { url: '', key: '' }, connections: 1, batch: DRAIN_BATCH, fused: false };
}
