import type { Attempt } from './attempt.ts';
import type { ClaimedJob } from './claimed_job.ts';
import { parseAllowedHosts } from './endpoint_address.ts';
import { deliverJob } from './endpoint_delivery.ts';
import { readEnvironment } from './environment.ts';
import { classifyError } from './error_classification.ts';
import { type JobContext, type JobHandler, registeredHandlers } from './job_handlers.ts';
import { consoleLogger, type Logger, withFields } from './logger.ts';
import type { Outcome } from './outcomes.ts';

/** How an attempt ended: with an outcome, or handed back without one. */
export type Ending = { outcome: Outcome } | { handedBack: 'no_handler' | 'released' };

/** What a JobExecutor works with; all but `secretsOf` and `extendLease` have defaults. */
export interface JobExecutorOptions {
  /** The secrets that sign a job type's deliveries. */
  secretsOf(jobType: string): Promise<string[]>;
  /** Makes the job's lease last so many seconds from now; false when it is lost. */
  extendLease(job: ClaimedJob, seconds: number): Promise<boolean>;
  /** Default: the registered ones. */
  handlers?: Iterable<JobHandler> | undefined;
  /** Hosts that may be reached by http or at private addresses; default: PUPPET_ALLOWED_ENDPOINT_HOSTS. */
  allowedHosts?: readonly string[] | undefined;
  logger?: Logger | undefined;
}

/** Runs claimed jobs, by their type's endpoint or handler, and tells how each ended; never throws. */
export class JobExecutor {
  readonly #options: JobExecutorOptions;
  readonly #handlers: Map<string, JobHandler>;
  readonly #logger: Logger;
  #allowedHosts: readonly string[] | undefined;

  constructor(options: JobExecutorOptions) {
    this.#options = options;
    this.#handlers = new Map();
    for (const handler of options.handlers ?? registeredHandlers()) {
      this.#handlers.set(handler.jobType, handler);
    }
    this.#logger = options.logger ?? consoleLogger;
    this.#allowedHosts = options.allowedHosts;
  }

  /** The job types that it has handlers for; types with an endpoint it runs as well. */
  get jobTypes(): string[] {
    return [...this.#handlers.keys()];
  }

  async execute(attempt: Attempt): Promise<Ending> {
    const { job } = attempt;
    const handler = this.#handlers.get(job.job_type);
    if (!job.endpoint_url && !handler) {
      attempt.close();
      return { handedBack: 'no_handler' };
    }
    try {
      const work = job.endpoint_url || !handler
        ? this.#deliver(attempt)
        : handler.run(job, this.#context(attempt));
      const result = await attempt.first(work);
      return { outcome: successOf(attempt, result) };
    } catch (error) {
      return failureOf(attempt, error);
    }
  }

  async #deliver(attempt: Attempt): Promise<unknown> {
    const { job, signal } = attempt;
    this.#allowedHosts ??= parseAllowedHosts(readEnvironment('PUPPET_ALLOWED_ENDPOINT_HOSTS'));
    const secrets = await this.#options.secretsOf(job.job_type);
    return await deliverJob(job, {
      secrets,
      signal,
      allowedHosts: this.#allowedHosts,
      onAccepted: () => attempt.accept(),
    });
  }

  #context(attempt: Attempt): JobContext {
    const { job } = attempt;
    return {
      signal: attempt.signal,
      attempt: job.attempt_number,
      logger: withFields(this.#logger, { job_id: job.job_id, attempt: job.attempt_number }),
      extendLease: async (seconds = job.timeout_seconds) => {
        checkSeconds('extendLease', seconds, 1);
        const held = await this.#options.extendLease(job, seconds);
        if (held) attempt.allow(seconds);
        return held;
      },
      snooze(seconds) {
        checkSeconds('snooze', seconds, 0);
        attempt.snoozeSeconds = Math.ceil(seconds);
      },
    };
  }
}

/** A day for a lease is much; a year for a snooze is as good as never. */
const MAX_SECONDS = { extendLease: 86_000, snooze: 31_536_000 };

function checkSeconds(call: keyof typeof MAX_SECONDS, seconds: number, least: number): void {
  if (seconds >= least && seconds <= MAX_SECONDS[call]) return;
  throw new RangeError(
    `Cannot ${call}: 'seconds' must be ${least} to ${MAX_SECONDS[call]}: it is ${seconds}`,
  );
}

function successOf(attempt: Attempt, result: unknown): Outcome {
  return attempt.snoozeSeconds === undefined
    ? { outcome: 'completed', result }
    : { outcome: 'snoozed', snooze_seconds: attempt.snoozeSeconds };
}

function failureOf({ job, signal }: Attempt, error: unknown): Ending {
  const found = classifyError(error, { signal, delivery: job.endpoint_url !== null });
  if (found.kind === 'cancelled') return { outcome: { outcome: 'cancelled' } };
  if (found.kind === 'released') return { handedBack: 'released' };
  return {
    outcome: {
      outcome: 'failed',
      error_type: found.errorType,
      error_message: found.message,
      retry_after_seconds: found.retryAfterSeconds,
    },
  };
}
