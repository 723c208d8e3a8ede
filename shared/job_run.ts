import { Attempt } from './attempt.ts';
import type { ClaimedJob } from './claimed_job.ts';
import type { JobDatabase } from './job_database.ts';
import type { Ending, JobExecutor } from './job_executor.ts';
import { LeaseKeeper } from './lease_keeper.ts';
import type { Logger } from './logger.ts';
import { sendable, type SentOutcome, type Settled } from './outcomes.ts';
import { RunTally } from './run_tally.ts';
import { messageOf, Settlement } from './settlement.ts';

/** Finished outcomes wait at most so long for others, in ms. */
const FLUSH_AFTER_MS = 1000;

/** What a run takes on. */
export interface RunLimits {
  /** Jobs in flight at once. */
  slots: number;
  /** Jobs claimed at most. */
  maxJobs: number;
  /** Seconds after which nothing more is claimed. */
  maxSeconds: number;
  includeNew: boolean;
  includeRetries: boolean;
  /** The job types that this run may claim. */
  jobTypes: string[];
}

/** Who a run works with. */
export interface RunCollaborators {
  database: JobDatabase;
  executor: JobExecutor;
  logger: Logger;
  heartbeatMs: number;
}

/**
 * One run: claims jobs into free slots, executes them, and settles as they finish, topping up in
 * the same call, until nothing is due or its limits are reached.
 */
export class JobRun {
  readonly tally = new RunTally();
  readonly #limits: RunLimits;
  readonly #with: RunCollaborators;
  readonly #settlement: Settlement;
  readonly #jobTypes: Set<string>;
  readonly #running = new Set<Attempt>();
  readonly #endsAt: number;
  #finished: SentOutcome[] = [];
  #returned: ClaimedJob[] = [];
  #claimed = 0;
  #longestTimeout = 0;
  #closed = false;
  #wake = () => {};

  constructor(limits: RunLimits, collaborators: RunCollaborators) {
    this.#limits = limits;
    this.#with = collaborators;
    this.#settlement = new Settlement(collaborators.database, collaborators.logger);
    this.#jobTypes = new Set(limits.jobTypes);
    this.#endsAt = Date.now() + limits.maxSeconds * 1000;
  }

  /** Jobs in flight now. */
  get inFlight(): number {
    return this.#running.size;
  }

  /** Runs to the end; throws PuppetRetryError when the database stays away. */
  async run(): Promise<RunTally> {
    const { database, logger, heartbeatMs } = this.#with;
    const keeper = new LeaseKeeper(database, this.#running, logger, heartbeatMs);
    keeper.start();
    try {
      await this.#exchange();
      while (this.#running.size > 0 || this.#finished.length > 0) {
        await this.#untilWorthACall();
        await this.#exchange();
      }
    } finally {
      keeper.stop();
      await this.handBack('shutdown');
    }
    return this.tally;
  }

  /** Stops claiming and hands back at once what is in flight: `memory` and `cpu` count as a crash. */
  async handBack(reason: string): Promise<void> {
    this.#closed = true;
    const attempts = [...this.#running];
    if (attempts.length === 0) return;
    for (const attempt of attempts) {
      this.#running.delete(attempt);
      attempt.release();
    }
    this.tally.skippedJobs += attempts.length;
    this.#wake();
    try {
      await this.#with.database.release(attempts.map(({ job }) => job), reason);
    } catch (error) {
      // The leases run out and the jobs are rescued.
      this.#with.logger.error('jobs could not be handed back', { error: messageOf(error) });
    }
  }

  /** Sends what has finished and fills the free slots, in one call where both are needed. */
  async #exchange(): Promise<void> {
    const outcomes = this.#finished;
    const returned = this.#returned;
    this.#finished = [];
    this.#returned = [];
    if (returned.length > 0) await this.#with.database.release(returned, 'no_handler');
    const limit = this.#room();
    if (limit === 0) {
      this.#review(await this.#settlement.settle(outcomes));
      return;
    }
    const { settled, claimed } = await this.#settlement.settleAndClaim(outcomes, {
      limit,
      jobTypes: [...this.#jobTypes],
      includeNew: this.#limits.includeNew,
      includeRetries: this.#limits.includeRetries,
      leaseToken: crypto.randomUUID(),
    });
    this.#review(settled);
    this.#claimed += claimed.length;
    for (const job of claimed) this.#start(job);
  }

  /** How many jobs may be claimed now. */
  #room(): number {
    // A job that could not end in time is left to the next run.
    const late = Date.now() + this.#longestTimeout * 1000 > this.#endsAt && this.#claimed > 0;
    if (this.#closed || late || this.#jobTypes.size === 0) return 0;
    const { slots, maxJobs } = this.#limits;
    return Math.max(0, Math.min(slots - this.#running.size, maxJobs - this.#claimed));
  }

  #start(job: ClaimedJob): void {
    const attempt = new Attempt(job);
    this.#running.add(attempt);
    this.#noteTimeout(job);
    this.#with.executor.execute(attempt).then((ending) => this.#finish(attempt, ending));
  }

  /** A timeout that no run can grant counts for nothing, but is told. */
  #noteTimeout(job: ClaimedJob): void {
    if (job.timeout_seconds <= this.#limits.maxSeconds) {
      this.#longestTimeout = Math.max(this.#longestTimeout, job.timeout_seconds);
    } else {
      this.tally.oversizeTypes.add(job.job_type);
    }
  }

  #finish(attempt: Attempt, ending: Ending): void {
    // What was handed back is no longer ours to report.
    if (!this.#running.delete(attempt)) return;
    const { job } = attempt;
    if ('outcome' in ending) {
      this.tally.count(job, ending.outcome);
      this.#finished.push(sendable(job, ending.outcome, attempt.durationMs));
    } else {
      this.tally.skippedJobs++;
      if (ending.handedBack === 'no_handler') this.#giveBack(job);
      if (attempt.leaseLost) this.tally.error(job.job_id, 'its lease was lost while it ran');
    }
    this.#wake();
  }

  /** Somebody else can run this type, so this run leaves it alone. */
  #giveBack(job: ClaimedJob): void {
    this.#jobTypes.delete(job.job_type);
    this.#returned.push(job);
  }

  #review(settled: Settled[]): void {
    for (const { job_id, accepted, reason } of settled) {
      if (!accepted) this.tally.error(job_id ?? 'unknown', `its outcome did not count: ${reason}`);
    }
  }

  /** Waits until half the slots are free, nothing is in flight, or an outcome has waited 1 s. */
  async #untilWorthACall(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let overdue = false;
    while (!overdue && !this.#isWorthACall()) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      if (this.#finished.length > 0) {
        timer ??= setTimeout(() => {
          overdue = true;
          this.#wake();
        }, FLUSH_AFTER_MS);
      }
      await woken.promise;
    }
    clearTimeout(timer);
  }

  #isWorthACall(): boolean {
    if (this.#running.size === 0) return true;
    return this.#finished.length > 0 && this.#running.size <= this.#limits.slots / 2;
  }
}
