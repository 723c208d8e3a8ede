import type { ClaimedJob } from './claimed_job.ts';
import type { JobContext, JobHandler } from './job_handlers.ts';
import { consoleLogger } from './logger.ts';

/** What a trial has other than a first attempt that nothing disturbs. */
export interface TrialOptions {
  /** Fields of the job, as `claim_jobs` gives them. */
  job?: Partial<ClaimedJob>;
  /** Parts of the context, such as an aborted signal, or a `snooze` that notes its seconds. */
  context?: Partial<JobContext>;
}

/**
 * Runs a handler once, for tests: no database, lease, time limit or retry. Gives what `run` returns, and
 * throws what it throws, ZodError where the config does not fit.
 */
export async function tryHandler(
  handler: JobHandler,
  config: Record<string, unknown>,
  { job = {}, context = {} }: TrialOptions = {},
): Promise<unknown> {
  const attempt = context.attempt ?? job.attempt_number ?? 1;
  const usual: JobContext = {
    signal: new AbortController().signal,
    attempt,
    logger: consoleLogger,
    extendLease: () => Promise.resolve(true),
    snooze() {},
  };
  return await handler.run({ ...firstAttempt(handler.jobType, config), ...job }, {
    ...usual,
    ...context,
  });
}

function firstAttempt(jobType: string, config: Record<string, unknown>): ClaimedJob {
  return {
    job_id: crypto.randomUUID(),
    user_id: crypto.randomUUID(),
    job_type: jobType,
    job_config: config,
    priority: 5,
    attempt_number: 1,
    is_retry: false,
    retry_count: 0,
    max_retries: 5,
    timeout_seconds: 30,
    lease_token: crypto.randomUUID(),
    lease_expires_at: new Date(Date.now() + 45_000).toISOString(),
    deadline_at: null,
    endpoint_url: null,
  };
}
