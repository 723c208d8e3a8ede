import type { Attempt } from './attempt.ts';
import type { JobDatabase } from './job_database.ts';
import type { Logger } from './logger.ts';
import { messageOf } from './settlement.ts';

/** Keeps the leases of running attempts alive, and hears who was cancelled or has lost its lease. */
export class LeaseKeeper {
  readonly #database: JobDatabase;
  readonly #running: ReadonlySet<Attempt>;
  readonly #logger: Logger;
  readonly #heartbeatMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    database: JobDatabase,
    running: ReadonlySet<Attempt>,
    logger: Logger,
    heartbeatMs: number,
  ) {
    this.#database = database;
    this.#running = running;
    this.#logger = logger;
    this.#heartbeatMs = heartbeatMs;
  }

  start(): void {
    this.#timer = setTimeout(async () => {
      await this.beat();
      if (this.#timer !== undefined) this.start();
    }, this.#heartbeatMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One heartbeat for all; a failed one is made up for by the next: a lease outlasts three. */
  async beat(): Promise<void> {
    const attempts = [...this.#running];
    if (attempts.length === 0) return;
    try {
      const seconds = Math.ceil(this.#heartbeatMs * 3 / 1000);
      const extended = await this.#database.extend(attempts.map(({ job }) => job), seconds);
      const answers = new Map(extended.map((answer) => [answer.job_id, answer]));
      for (const attempt of attempts) {
        const answer = answers.get(attempt.job.job_id);
        if (answer?.held === false) loseLease(attempt);
        if (answer?.cancel_requested) attempt.cancel();
      }
    } catch (error) {
      this.#logger.warn('a heartbeat failed', { error: messageOf(error) });
    }
  }
}

function loseLease(attempt: Attempt): void {
  attempt.leaseLost = true;
  attempt.release();
}
