import type { z } from 'zod';
import type { ClaimedJob } from './claimed_job.ts';
import type { Logger } from './logger.ts';

/** A job as its handler sees it; `config` has passed the handler's schema. */
export interface HandledJob<Config> {
  readonly id: string;
  readonly userId: string;
  readonly type: string;
  readonly config: Config;
  readonly priority: number;
  readonly isRetry: boolean;
  readonly retryCount: number;
  readonly maxRetries: number;
  /** ISO time after which the job is of no use, or null. */
  readonly deadlineAt: string | null;
}

/** What a handler may use while it runs. */
export interface JobContext {
  /** Aborts when the attempt has run out of time, was cancelled or must be handed back. */
  readonly signal: AbortSignal;
  /** Number of this attempt, from 1; numbers rise and may have gaps. */
  readonly attempt: number;
  readonly logger: Logger;
  /** Gives this attempt so many seconds from now (default: its policy's timeout); false when the lease is lost. */
  extendLease(seconds?: number): Promise<boolean>;
  /**
   * Once `run` returns, the job waits so many seconds and runs again; that is no failure and costs no
   * retry. It runs once more at the end of the policy's `max_elapsed_seconds`; who snoozes then as
   * well has failed for good.
   */
  snooze(seconds: number): void;
}

/** A handler as its author writes it; what `run` returns is the job's result, up to 64 kB as JSON. */
export interface HandlerDefinition<Schema extends z.ZodType> {
  jobType: string;
  config: Schema;
  run(job: HandledJob<z.output<Schema>>, context: JobContext): unknown;
}

/** A handler as the executor calls it. */
export interface JobHandler {
  readonly jobType: string;
  /** Throws ZodError, a `validation_error`, where the job's config does not fit. */
  run(job: ClaimedJob, context: JobContext): Promise<unknown>;
}

/** Makes a handler of one job type; `registerHandlers` makes it known. */
export function defineHandler<Schema extends z.ZodType>(
  definition: HandlerDefinition<Schema>,
): JobHandler {
  return {
    jobType: definition.jobType,
    async run(job, context) {
      const config = await definition.config.parseAsync(job.job_config);
      // A listener that the handler adds now would never hear of an abort that has been.
      context.signal.throwIfAborted();
      return await definition.run(handledJob(job, config), context);
    },
  };
}

const registered = new Map<string, JobHandler>();

/** Makes handlers known to every processor that is not given its own; one per job type. */
export function registerHandlers(handlers: Iterable<JobHandler>): void {
  for (const handler of handlers) registered.set(handler.jobType, handler);
}

/** The handlers made known so far. */
export function registeredHandlers(): JobHandler[] {
  return [...registered.values()];
}

function handledJob<Config>(job: ClaimedJob, config: Config): HandledJob<Config> {
  return {
    id: job.job_id,
    userId: job.user_id,
    type: job.job_type,
    config,
    priority: job.priority,
    isRetry: job.is_retry,
    retryCount: job.retry_count,
    maxRetries: job.max_retries,
    deadlineAt: job.deadline_at,
  };
}
