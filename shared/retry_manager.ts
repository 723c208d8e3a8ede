import { z } from 'zod';
import { snakeKeys } from './case_names.ts';
import { checked } from './checked_input.ts';
import { cleanJson, cleanText } from './clean_text.ts';
import { ask } from './database_reply.ts';
import { readEnvironment } from './environment.ts';
import { PuppetRetryError } from './errors.ts';
import {
  JOB_INFO_COLUMNS,
  jobInfoSchema,
  type JobReadyForRetry,
  type JobRetryInfo,
  jobsReadySchema,
  type JobState,
  jobStateSchema,
  type ReportedSuccess,
  reportSchema,
  type ScheduledRetry,
} from './job_state.ts';
import { consoleLogger, type Logger } from './logger.ts';
import type { RetryStats, RetryStatsPeriod } from './retry_analytics.ts';
import type { RetryAttempt } from './retry_attempt.ts';
import {
  type DelayFormula,
  delayFormulaSchema,
  type RetryConfig,
  type RetryConfigChange,
  retryConfigChangeSchema,
  retryConfigSchema,
} from './retry_config.ts';
import { RetryHistoryService } from './retry_history_service.ts';
import { createServiceClient, type ServiceClient } from './service_client.ts';

const HOUR_MS = 3_600_000;
const PERIOD_MS: Record<RetryStatsPeriod, number> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
};
const MAX_MESSAGE_BYTES = 8192;
const MAX_RESULT_BYTES = 64 * 1024;

/** What a RetryManager works with; everything has a default. */
export interface RetryManagerOptions {
  /** Default: from SUPABASE_URL and the project's secret key, on first use. */
  client?: ServiceClient;
  /** In whose name outcomes are reported; default: SB_EXECUTION_ID, else `unknown`. */
  executorId?: string;
  logger?: Logger;
}

interface Report {
  p_outcome: 'failed' | 'completed';
  p_executor_id: string;
  p_error_message?: string;
  p_error_type?: string;
  p_result?: NonNullable<ReturnType<typeof cleanJson>>;
}

/**
 * Reports outcomes, reads and tunes policies, and takes a hand in retries. Methods throw
 * PuppetRetryError: `not_configured`, `database_unavailable`, `database_refused`,
 * `unexpected_reply`, `forbidden`, `invalid_input`, and what they name.
 */
export class RetryManager {
  readonly #options: RetryManagerOptions;
  readonly #logger: Logger;
  #client: ServiceClient | undefined;

  constructor(options: RetryManagerOptions = {}) {
    this.#options = options;
    this.#logger = options.logger ?? consoleLogger;
  }

  /** Reports a failure of a job that this executor holds, or that is due; true if it is retried. */
  async scheduleRetry(
    jobId: string,
    errorMessage: string,
    errorType?: string,
    executorId?: string,
  ): Promise<boolean> {
    return (await this.scheduleJobRetry(jobId, errorMessage, errorType, executorId)).scheduled;
  }

  /** The same, and tells when the retry is due, or why there is none. */
  async scheduleJobRetry(
    jobId: string,
    errorMessage: string,
    errorType = 'unknown_error',
    executorId = this.#executorId(),
  ): Promise<ScheduledRetry> {
    const { accepted, decision, reason, next_retry_at } = await this.#report(jobId, {
      p_outcome: 'failed',
      p_executor_id: executorId,
      p_error_message: cleanText(errorMessage, MAX_MESSAGE_BYTES),
      p_error_type: cleanText(errorType),
    });
    const scheduled = accepted && decision === 'retry_scheduled';
    return { scheduled, nextRetryAt: scheduled ? next_retry_at : null, decision, reason };
  }

  /** Reports a success of a job that this executor holds, or that is due; results up to 64 kB. */
  async markRetrySuccess(jobId: string, result?: unknown): Promise<ReportedSuccess> {
    const clean = cleanJson(result, MAX_RESULT_BYTES);
    const { accepted, status, decision, reason } = await this.#report(jobId, {
      p_outcome: 'completed',
      p_executor_id: this.#executorId(),
      ...(clean !== undefined && clean !== null && { p_result: clean }),
    });
    return { accepted, status, decision, reason };
  }

  /** The policy that applies to a job type: its own, else `default`'s, as its jobType says. */
  async getRetryConfig(jobType: string): Promise<RetryConfig> {
    const call = this.#use().rpc('get_retry_config', { p_job_type: jobType });
    return await ask(retryConfigSchema, call, 'get_retry_config');
  }

  /** Changes what is given of a type's own policy; throws `policy_not_found` where it has none. */
  async updateRetryConfig(jobType: string, change: RetryConfigChange): Promise<RetryConfig> {
    const fields = checked(retryConfigChangeSchema, change, 'Cannot change the policy');
    const call = this.#use().from('puppet_job_retry_config').update(snakeKeys(fields))
      .eq('job_type', jobType).select();
    const [config] = await ask(z.array(retryConfigSchema), call, 'updateRetryConfig');
    if (config) return config;
    throw new PuppetRetryError(
      'policy_not_found',
      'Cannot change the policy: the job type has none of its own: insert one first',
    );
  }

  /** Retries that are due, in the order in which a claim takes them; 1 to 1000. */
  async getJobsReadyForRetry(limit = 50): Promise<JobReadyForRetry[]> {
    const call = this.#use().rpc('get_jobs_ready_for_retry', { p_limit: limit });
    return await ask(jobsReadySchema, call, 'get_jobs_ready_for_retry');
  }

  /** Where a job's retries are; throws `job_not_found` too. */
  async getJobRetryInfo(jobId: string): Promise<JobRetryInfo> {
    const call = this.#use().from('puppet_jobs').select(JOB_INFO_COLUMNS).eq('id', jobId);
    const [job] = await ask(jobInfoSchema, call, 'getJobRetryInfo');
    if (!job) throw new PuppetRetryError('job_not_found', `Cannot find job ${jobId}: check the id`);
    const maxRetries = job.maxRetries ?? (await this.getRetryConfig(job.jobType)).maxRetries;
    return { ...job, maxRetries };
  }

  /** All attempts of a job that the history keeps, oldest first; none for an unknown job. */
  async getJobRetryHistory(jobId: string): Promise<RetryAttempt[]> {
    return await this.#history().getJobRetryHistory(jobId);
  }

  /** How the jobs that were retried in the last hour, day, 7 days or 30 days do. */
  async getRetryStats(period: RetryStatsPeriod = 'day'): Promise<RetryStats> {
    checked(z.enum(['hour', 'day', 'week', 'month']), period, 'Cannot count retries');
    const startDate = new Date(Date.now() - PERIOD_MS[period]).toISOString();
    const analytics = await this.#history().getRetryAnalytics({ startDate });
    const { totalRetries, retriedJobs } = analytics;
    const { successfulRetries, successRate, commonErrorTypes, jobs } = analytics;
    return {
      totalJobsWithRetries: retriedJobs,
      averageRetryCount: retriedJobs > 0 ? totalRetries / retriedJobs : null,
      successfulAfterRetry: successfulRetries,
      permanentlyFailed: jobs.permanentlyFailed,
      pendingRetry: jobs.stillWaiting,
      retrySuccessRate: successRate,
      topErrorTypes: commonErrorTypes,
    };
  }

  /**
   * Gives an ended job a fresh budget, or makes a queued one due now; throws `job_not_found`,
   * `conflict` (it is pending, running or completed) or `invalid_input` (past its deadline) too.
   */
  async manualRetry(jobId: string, reason = 'manual_retry'): Promise<JobState> {
    const call = this.#use().rpc('retry_job', { p_job_id: jobId, p_reason: cleanText(reason) });
    return await ask(jobStateSchema, call, 'retry_job');
  }

  /** Seconds to wait after the failure that follows so many retries; 0 gives the base. */
  async calculateRetryDelay(retryCount: number, formula: DelayFormula = {}): Promise<number> {
    const numbers = checked(delayFormulaSchema, formula, 'Cannot calculate a delay');
    const call = this.#use().rpc('calculate_retry_delay', {
      p_retry_count: retryCount,
      ...delayArguments(numbers),
    });
    return await ask(z.int(), call, 'calculate_retry_delay');
  }

  /** Whether a failure of this type would be retried if it happened now; throws `job_not_found` too. */
  async shouldRetryJob(jobId: string, errorType = 'unknown_error'): Promise<boolean> {
    const call = this.#use().rpc('get_decision_on_failure', {
      p_job_id: jobId,
      p_error_type: cleanText(errorType),
    });
    return await ask(z.string(), call, 'get_decision_on_failure') === 'retry_scheduled';
  }

  async #report(jobId: string, report: Report): Promise<z.infer<typeof reportSchema>[number]> {
    const call = this.#use().rpc('report_job_outcome', { p_job_id: jobId, ...report });
    const [answer] = await ask(reportSchema, call, 'report_job_outcome');
    if (!answer.accepted) {
      const { reason } = answer;
      this.#logger.warn('an outcome did not count', { job_id: jobId, reason });
    }
    return answer;
  }

  #executorId(): string {
    return this.#options.executorId ?? readEnvironment('SB_EXECUTION_ID') ?? 'unknown';
  }

  #history(): RetryHistoryService {
    return new RetryHistoryService({ client: this.#use() });
  }

  #use(): ServiceClient {
    this.#client ??= this.#options.client ?? createServiceClient();
    return this.#client;
  }
}

/** The manager with the environment's project; nothing is read before its first use. */
export const retryManager = new RetryManager();

function delayArguments(formula: z.infer<typeof delayFormulaSchema>) {
  const { baseDelaySeconds, backoffMultiplier, maxDelaySeconds } = formula;
  const { jitterEnabled, maxJitterSeconds } = formula;
  return {
    ...(baseDelaySeconds !== undefined && { p_base_delay_seconds: baseDelaySeconds }),
    ...(backoffMultiplier !== undefined && { p_backoff_multiplier: backoffMultiplier }),
    ...(maxDelaySeconds !== undefined && { p_max_delay_seconds: maxDelaySeconds }),
    ...(jitterEnabled !== undefined && { p_jitter_enabled: jitterEnabled }),
    ...(maxJitterSeconds !== undefined && { p_max_jitter_seconds: maxJitterSeconds }),
  };
}
