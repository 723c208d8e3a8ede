import type { Attempt } from './attempt.ts';
import type { ClaimedJob } from './claimed_job.ts';
import type { ExtendedLease, JobDatabase } from './job_database.ts';
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
      const extended = await this.#extend(attempts.map(({ job }) => job));
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

  /**
   * Those of the jobs just claimed that are still ours: where the claim took `claimMs`, longer than
   * a heartbeat, their leases are renewed before they begin, or somebody else may have them by then.
   * Where that fails, only those whose lease is surely longer than the claim took.
   */
  async stillHeld(jobs: ClaimedJob[], claimMs: number): Promise<ClaimedJob[]> {
    if (jobs.length === 0 || claimMs < this.#heartbeatMs) return jobs;
    try {
      const extended = await this.#extend(jobs);
      const lost = new Set(extended.filter(({ held }) => !held).map(({ job_id }) => job_id));
      return jobs.filter(({ job_id }) => !lost.has(job_id));
    } catch (error) {
      this.#logger.warn('a heartbeat failed', { error: messageOf(error) });
      return jobs.filter((job) => claimMs < job.timeout_seconds * 1000);
    }
  }

  #extend(jobs: ClaimedJob[]): Promise<ExtendedLease[]> {
    return this.#database.extend(jobs, Math.ceil(this.#heartbeatMs * 3 / 1000));
  }
}

function loseLease(attempt: Attempt): void {
  attempt.leaseLost = true;
  attempt.release();
}
