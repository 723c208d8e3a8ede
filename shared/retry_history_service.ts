import { z } from 'zod';
import { snakeKeys } from './case_names.ts';
import { checked } from './checked_input.ts';
import { cleanJson, cleanText } from './clean_text.ts';
import { ask, askAll, rowsOf, send, type SentReply } from './database_reply.ts';
import { PuppetRetryError } from './errors.ts';
import { type JobNeedingEscalation, jobsNeedingEscalationSchema } from './job_state.ts';
import { redactJson } from './redacted_json.ts';
import { redact } from './redaction.ts';
import {
  type RetryAnalytics,
  type RetryAnalyticsFilter,
  retryAnalyticsFilterSchema,
  retryAnalyticsSchema,
} from './retry_analytics.ts';
import {
  type RetryAttempt,
  type RetryAttemptLog,
  retryAttemptLogSchema,
  retryAttemptSchema,
  type RetryHistoryFilter,
  retryHistoryFilterSchema,
  type RetryHistoryPage,
} from './retry_attempt.ts';
import { createServiceClient, type ServiceClient } from './service_client.ts';

const HISTORY = 'puppet_job_retry_history';
const PAGE = 1000;
const PRUNED_AT_ONCE = 10_000;
const MAX_MESSAGE_BYTES = 8192;
const MAX_CONTEXT_BYTES = 16_384;

const ownersSchema = z.array(z.object({ user_id: z.guid(), job_type: z.string() }));

/** What a RetryHistoryService works with. */
export interface RetryHistoryServiceOptions {
  /** Default: from SUPABASE_URL and the project's secret key, on first use. */
  client?: ServiceClient;
}

/**
 * Reads, adds to and prunes the history of attempts. Methods throw PuppetRetryError:
 * `not_configured`, `database_unavailable`, `database_refused`, `unexpected_reply`, `forbidden`,
 * `invalid_input`, and what they name.
 */
export class RetryHistoryService {
  #client: ServiceClient | undefined;

  constructor(options: RetryHistoryServiceOptions = {}) {
    this.#client = options.client;
  }

  /** All attempts of a job that the history keeps, oldest first; none for an unknown job. */
  async getJobRetryHistory(jobId: string): Promise<RetryAttempt[]> {
    const callAfter = (last: RetryAttempt | undefined) => this.#attemptsAfter(jobId, last);
    const attempts = await askAll(retryAttemptSchema, callAfter, HISTORY);
    return attempts.sort(byAge);
  }

  /** One page of attempts that meet the filter, newest first. */
  async getRetryHistory(filter: RetryHistoryFilter = {}): Promise<RetryHistoryPage> {
    const asked = checked(retryHistoryFilterSchema, filter, 'Cannot list attempts');
    const { limit, offset } = asked;
    const reply = await send(
      this.#matching(asked).order('attempted_at', { ascending: false })
        .order('id', { ascending: false }).range(offset, offset + limit - 1),
    );
    const found = isBeyondTheEnd(reply) ? await send(this.#matching(asked).limit(0)) : reply;
    const { rows: attempts, total } = rowsOf(retryAttemptSchema, found, HISTORY);
    return { attempts, total, hasMore: offset + attempts.length < total };
  }

  /** How retries did over a window: counts, rates in percent, waits in seconds, times to recovery. */
  async getRetryAnalytics(filter: RetryAnalyticsFilter = {}): Promise<RetryAnalytics> {
    const { jobType, startDate, endDate } = checked(
      retryAnalyticsFilterSchema,
      filter,
      'Cannot analyse retries',
    );
    const call = this.#use().rpc('get_retry_analytics', {
      ...(jobType !== undefined && { p_job_type: jobType }),
      ...(startDate !== undefined && { p_start: startDate }),
      ...(endDate !== undefined && { p_end: endDate }),
    });
    return await ask(retryAnalyticsSchema, call, 'get_retry_analytics');
  }

  /** The newest jobs (up to 1000) that failed for good or reached their policy's threshold. */
  async getJobsNeedingEscalation(limit = PAGE): Promise<JobNeedingEscalation[]> {
    const call = this.#use().rpc('get_jobs_needing_escalation', { p_limit: limit });
    return await ask(jobsNeedingEscalationSchema, call, 'get_jobs_needing_escalation');
  }

  /** Adds an attempt that somebody else made to a job's history; throws `job_not_found` too. */
  async logRetryAttempt(attempt: RetryAttemptLog): Promise<string> {
    const { errorMessage, executionContext, isRetry, ...fields } = checked(
      retryAttemptLogSchema,
      attempt,
      'Cannot log an attempt',
    );
    const job = await this.#ownerOf(fields.jobId);
    const row = {
      ...job,
      is_retry: isRetry ?? fields.attemptNumber > 1,
      logged_by: 'caller',
      ...snakeKeys(fields),
      ...(errorMessage !== undefined && {
        error_message: cleanText(redact(errorMessage), MAX_MESSAGE_BYTES),
      }),
      ...(executionContext !== undefined && {
        execution_context: redactJson(cleanJson(executionContext, MAX_CONTEXT_BYTES) ?? null),
      }),
    };
    const call = this.#use().from(HISTORY).insert(row, { defaultToNull: false })
      .select('id');
    const [logged] = await ask(z.tuple([z.object({ id: z.guid() })]), call, 'logRetryAttempt');
    return logged.id;
  }

  /** Deletes the attempts older than so many days, in batches; returns how many they were. */
  async cleanupOldRetryHistory(days = 90): Promise<number> {
    let deleted = 0;
    let batch: number;
    do {
      const call = this.#use().rpc('prune_retry_history', {
        p_older_than_days: days,
        p_limit: PRUNED_AT_ONCE,
      });
      batch = await ask(z.int(), call, 'prune_retry_history');
      deleted += batch;
    } while (batch === PRUNED_AT_ONCE);
    return deleted;
  }

  /** The attempts that meet the filter, with their number, wherever the page lies. */
  #matching(filter: z.infer<typeof retryHistoryFilterSchema>) {
    const { limit: _limit, offset: _offset, startDate, endDate, ...equal } = filter;
    let query = this.#use().from(HISTORY).select('*', { count: 'exact' }).match(snakeKeys(equal));
    if (startDate !== undefined) query = query.gte('attempted_at', startDate);
    if (endDate !== undefined) query = query.lt('attempted_at', endDate);
    return query;
  }

  #attemptsAfter(jobId: string, last: RetryAttempt | undefined) {
    let query = this.#use().from(HISTORY).select('*', { count: 'exact' }).eq('job_id', jobId);
    if (last) {
      const number = last.attemptNumber;
      query = query.or(
        `attempt_number.gt.${number},and(attempt_number.eq.${number},id.gt.${last.id})`,
      );
    }
    return query.order('attempt_number').order('id').limit(PAGE);
  }

  async #ownerOf(jobId: string): Promise<{ user_id: string; job_type: string }> {
    const call = this.#use().from('puppet_jobs').select('user_id, job_type').eq('id', jobId);
    const [job] = await ask(ownersSchema, call, 'logRetryAttempt');
    if (!job) throw new PuppetRetryError('job_not_found', `Cannot find job ${jobId}: check the id`);
    return job;
  }

  #use(): ServiceClient {
    this.#client ??= createServiceClient();
    return this.#client;
  }
}

/** The service with the environment's project; nothing is read before its first use. */
export const retryHistoryService = new RetryHistoryService();

function byAge(a: RetryAttempt, b: RetryAttempt): number {
  return a.attemptNumber - b.attemptNumber ||
    Date.parse(a.attemptedAt) - Date.parse(b.attemptedAt) ||
    a.id.localeCompare(b.id);
}

/** PostgREST refuses an offset behind the last row. */
function isBeyondTheEnd(reply: SentReply): boolean {
  return reply.error?.code === 'PGRST103';
}
