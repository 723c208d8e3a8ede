import { Attempt } from './attempt.ts';
import type { ClaimedJob } from './claimed_job.ts';
import type { JobDatabase } from './job_database.ts';
import type { Ending, JobExecutor } from './job_executor.ts';
import { JobTypeTimeouts } from './job_type_timeouts.ts';
import { LeaseKeeper } from './lease_keeper.ts';
import type { Logger } from './logger.ts';
import { type Outcome, sendable, type SentOutcome, type Settled } from './outcomes.ts';
import { RunTally } from './run_tally.ts';
import { isUnavailable, messageOf, Settlement } from './settlement.ts';

/** Finished outcomes wait at most so long for others, in ms. */
const FLUSH_AFTER_MS = 1000;
/** With free slots, new jobs are looked for this often, in ms. */
const LOOK_AFTER_MS = 2000;
/** So long is a database waited for that goes away under a run, in ms: upgrades take minutes. */
const PATIENCE_MS = 600_000;

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
  readonly #keeper: LeaseKeeper;
  readonly #timeouts = new JobTypeTimeouts();
  /** Those that may be claimed. */
  #jobTypes = new Set<string>();
  readonly #startedAt = Date.now();
  readonly #running = new Set<Attempt>();
  #finished: SentOutcome[] = [];
  #looping: Promise<void> | undefined;
  #releasing: Promise<unknown> | undefined;
  #returned: ClaimedJob[] = [];
  #claimed = 0;
  #awaySince: number | undefined;
  #closed = false;
  #wake = () => {};

  constructor(limits: RunLimits, collaborators: RunCollaborators) {
    this.#limits = limits;
    this.#with = collaborators;
    const { database, logger, heartbeatMs } = collaborators;
    this.#settlement = new Settlement(database, logger);
    this.#keeper = new LeaseKeeper(database, this.#running, logger, heartbeatMs);
  }

  /** Jobs in flight now. */
  get inFlight(): number {
    return this.#running.size;
  }

  /** Runs jobs of these types to the end; throws PuppetRetryError when the database stays away. */
  async run(jobTypes: string[]): Promise<RunTally> {
    this.#jobTypes = new Set(jobTypes);
    this.#keeper.start();
    this.#looping = this.#loop();
    try {
      await this.#looping;
    } finally {
      this.#keeper.stop();
      await this.handBack('shutdown');
      await this.#settleLast(this.#takeFinished());
    }
    return this.tally;
  }

  async #loop(): Promise<void> {
    do {
      await this.#untilWorthACall();
      await this.#exchange();
    } while (this.#running.size > 0 || this.#finished.length > 0);
  }

  /**
   * Stops claiming and hands back at once what is in flight: `memory` and `cpu` count as a crash.
   * What an endpoint has taken already is completed, without its result. Ends when that is done, and
   * all that has finished is settled.
   */
  async handBack(reason: string): Promise<void> {
    this.#closed = true;
    const attempts = [...this.#running];
    this.#running.clear();
    for (const attempt of attempts) attempt.release();
    const accepted = attempts.filter((attempt) => attempt.accepted);
    this.#finished.push(
      ...accepted.map((attempt) => this.#note(attempt, { outcome: 'completed' })),
    );
    const unfinished = attempts.filter((attempt) => !attempt.accepted).map(({ job }) => job);
    this.tally.skippedJobs += unfinished.length;
    this.#wake();
    this.#releasing = Promise.all([this.#releasing, this.#release(unfinished, reason)]);
    await Promise.allSettled([this.#releasing, this.#looping]);
  }

  #takeFinished(): SentOutcome[] {
    const outcomes = this.#finished;
    this.#finished = [];
    return outcomes;
  }

  /** Sends what has finished and fills the free slots, in one call where both are needed. */
  async #exchange(): Promise<void> {
    const outcomes = this.#takeFinished();
    try {
      await this.#send(outcomes);
      this.#awaySince = undefined;
    } catch (error) {
      this.#bear(error, outcomes);
    }
    await this.#giveBack();
  }

  async #send(outcomes: SentOutcome[]): Promise<void> {
    const jobTypes = this.#claimableTypes();
    const limit = jobTypes.length === 0 ? 0 : this.#room();
    if (limit === 0) return this.#review(await this.#settlement.settle(outcomes));
    const askedAt = performance.now();
    const { settled, claimed } = await this.#settlement.settleAndClaim(outcomes, {
      limit,
      jobTypes,
      includeNew: this.#limits.includeNew,
      includeRetries: this.#limits.includeRetries,
      leaseToken: crypto.randomUUID(),
    });
    this.#review(settled);
    this.#claimed += claimed.length;
    const held = new Set(await this.#keeper.stillHeld(claimed, performance.now() - askedAt));
    for (const job of claimed) {
      if (!held.has(job)) this.#miss(job);
      else if (this.#closed) this.#returnUnused(job);
      else this.#start(job);
    }
  }

  /** A job that was lost before it began. */
  #miss({ job_id }: ClaimedJob): void {
    this.tally.skippedJobs++;
    this.tally.error(job_id, 'its lease was lost before it began');
  }

  /** A run that holds jobs outlasts a database that is away for a while: it keeps its outcomes. */
  #bear(error: unknown, outcomes: SentOutcome[]): void {
    const holdsJobs = this.#running.size > 0 || outcomes.length > 0;
    if (!holdsJobs) throw error;
    this.#with.logger.warn('a call failed under a run', { error: messageOf(error) });
    this.#finished.unshift(...outcomes);
    if (!isUnavailable(error)) {
      // What is wrong with claiming does not concern the jobs that run.
      this.#closed = true;
      return;
    }
    this.#awaySince ??= Date.now();
    if (Date.now() - this.#awaySince > PATIENCE_MS) throw error;
  }

  /** A job whose claim was under way when everything else was handed back. */
  #returnUnused(job: ClaimedJob): void {
    this.tally.skippedJobs++;
    this.#returned.push(job);
  }

  /** Jobs that came after the end, or of types that this executor cannot run after all. */
  async #giveBack(): Promise<void> {
    const returned = this.#returned;
    this.#returned = [];
    await this.#release(returned, this.#closed ? 'shutdown' : 'no_handler');
  }

  async #release(jobs: ClaimedJob[], reason: string): Promise<void> {
    if (jobs.length === 0) return;
    try {
      await this.#with.database.release(jobs, reason);
    } catch (error) {
      // Their leases run out and they are rescued.
      this.#with.logger.error('jobs could not be handed back', { error: messageOf(error) });
    }
  }

  /** Settles what nobody waits for any more. */
  async #settleLast(outcomes: SentOutcome[]): Promise<void> {
    try {
      this.#review(await this.#settlement.settle(outcomes));
    } catch (error) {
      // Their leases run out and they are rescued.
      this.#with.logger.error('jobs could not be settled', { error: messageOf(error) });
    }
  }

  /** How many jobs may be claimed now. */
  #room(): number {
    if (this.#closed) return 0;
    const { slots, maxJobs } = this.#limits;
    return Math.max(0, Math.min(slots - this.#running.size, maxJobs - this.#claimed));
  }

  /** The types whose jobs can still end in time; the others are left to the next run. */
  #claimableTypes(): string[] {
    const elapsed = (Date.now() - this.#startedAt) / 1000;
    return [...this.#jobTypes].filter((type) =>
      this.#timeouts.mayStart(type, elapsed, this.#limits.maxSeconds)
    );
  }

  #start(job: ClaimedJob): void {
    const attempt = new Attempt(job);
    this.#running.add(attempt);
    this.#timeouts.note(job);
    if (job.timeout_seconds > this.#limits.maxSeconds) this.tally.oversizeTypes.add(job.job_type);
    this.#with.executor.execute(attempt).then((ending) => this.#finish(attempt, ending));
  }

  #finish(attempt: Attempt, ending: Ending): void {
    // What was handed back is no longer ours to report.
    if (!this.#running.delete(attempt)) return;
    const { job } = attempt;
    if ('outcome' in ending) {
      this.#finished.push(this.#note(attempt, ending.outcome));
    } else {
      this.tally.skippedJobs++;
      if (ending.handedBack === 'no_handler') this.#leaveAlone(job);
      if (attempt.leaseLost) this.tally.error(job.job_id, 'its lease was lost while it ran');
    }
    this.#wake();
  }

  /** Counts the outcome, and returns it as it is sent. */
  #note({ job, durationMs }: Attempt, outcome: Outcome): SentOutcome {
    this.tally.count(job, outcome);
    return sendable(job, outcome, durationMs);
  }

  /** Somebody else can run this type, so this run leaves it alone. */
  #leaveAlone(job: ClaimedJob): void {
    this.#jobTypes.delete(job.job_type);
    this.#returned.push(job);
  }

  #review(settled: Settled[]): void {
    for (const { job_id, accepted, reason } of settled) {
      if (!accepted) this.tally.error(job_id ?? 'unknown', `its outcome did not count: ${reason}`);
    }
  }

  /** Waits until half the slots are free, nothing is in flight, or enough time has passed. */
  async #untilWorthACall(): Promise<void> {
    const since = Date.now();
    while (!this.#isWorthACall(Date.now() - since)) {
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      const timer = setTimeout(
        woken.resolve,
        this.#finished.length > 0 ? FLUSH_AFTER_MS : LOOK_AFTER_MS,
      );
      await woken.promise;
      clearTimeout(timer);
    }
  }

  #isWorthACall(waitedMs: number): boolean {
    if (this.#running.size === 0) return true;
    if (this.#finished.length === 0) return waitedMs >= LOOK_AFTER_MS && this.#room() > 0;
    return waitedMs >= FLUSH_AFTER_MS || this.#running.size <= this.#limits.slots / 2;
  }
}
