import type { ClaimedJob } from './claimed_job.ts';
import { PuppetRetryError } from './errors.ts';
import type { ClaimOptions, JobDatabase } from './job_database.ts';
import type { Logger } from './logger.ts';
import type { SentOutcome, Settled } from './outcomes.ts';
import { retry, RetryError } from './standard_library.ts';

/**
 * Gets outcomes into the database whatever becomes of single calls. Repeating is safe: a settle
 * made twice is a replay, a claim with the same token gives the same jobs.
 */
export class Settlement {
  readonly #database: JobDatabase;
  readonly #logger: Logger;

  constructor(database: JobDatabase, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /**
   * Settles and claims; where one of both is refused, settles alone and claims nothing. Throws
   * PuppetRetryError `database_unavailable` when the database stays away.
   */
  async settleAndClaim(
    outcomes: SentOutcome[],
    options: ClaimOptions,
  ): Promise<{ settled: Settled[]; claimed: ClaimedJob[] }> {
    try {
      return await persist(() => this.#database.settleAndClaim(outcomes, options));
    } catch (error) {
      if (isUnavailable(error) || outcomes.length === 0) throw error;
      // One outcome that the database refuses must not keep the others from being settled.
      this.#logger.warn('settling apart from claiming', { error: messageOf(error) });
      return { settled: await this.settle(outcomes), claimed: [] };
    }
  }

  /** Settles all, else each half, down to single outcomes; one that is refused alone is given up. */
  async settle(outcomes: SentOutcome[]): Promise<Settled[]> {
    if (outcomes.length === 0) return [];
    try {
      return await persist(() => this.#database.settle(outcomes));
    } catch (error) {
      if (isUnavailable(error)) throw error;
      if (outcomes.length === 1) return outcomes.map((outcome) => this.#giveUp(outcome, error));
      const middle = Math.ceil(outcomes.length / 2);
      return [
        ...await this.settle(outcomes.slice(0, middle)),
        ...await this.settle(outcomes.slice(middle)),
      ];
    }
  }

  /** The job is not lost: its lease runs out and it is rescued. */
  #giveUp(outcome: SentOutcome, error: unknown): Settled {
    const job_id = String(outcome.job_id);
    this.#logger.error('an outcome was refused', { job_id, error: messageOf(error) });
    return {
      job_id,
      accepted: false,
      replayed: false,
      status: null,
      decision: null,
      reason: messageOf(error),
      next_retry_at: null,
    };
  }
}

/** Tries again while the database is away, seven times in about 8 s, then throws the last error. */
export async function persist<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await retry(call, {
      maxAttempts: 8,
      minTimeout: 100,
      maxTimeout: 4000,
      multiplier: 2.5,
      isRetriable: isUnavailable,
    });
  } catch (error) {
    throw error instanceof RetryError ? error.cause : error;
  }
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof PuppetRetryError && error.code === 'database_unavailable';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
