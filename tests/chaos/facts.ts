import type { DatabaseClient } from '../../supabase/local/database_client.ts';

/** A job's row when all is over; times in ms since 1970. */
export interface JobFacts {
  jobId: string;
  key: string | null;
  status: string;
  finalStatus: string | null;
  stopReason: string | null;
  retryCount: number;
  maxRetries: number;
  crashCount: number;
  snoozeCount: number;
  attempts: number;
  completedAt: number | null;
  /** The attempt that its result came from. */
  resultAttempt: number | null;
}

/** An engine row of the history; times in ms since 1970. */
export interface HistoryFacts {
  jobId: string;
  attempt: number;
  isRetry: boolean;
  success: boolean;
  errorType: string | null;
  decision: string;
  createdAt: number;
}

/** What the database says of the run. */
export interface Facts {
  jobs: JobFacts[];
  history: HistoryFacts[];
}

export async function readFacts(sql: DatabaseClient): Promise<Facts> {
  const jobs = await sql<JobFacts[]>`
    select j.id as "jobId", j.idempotency_key as key, j.status, j.final_status as "finalStatus",
      j.stop_reason as "stopReason", j.retry_count as "retryCount",
      coalesce(j.max_retries, c.max_retries) as "maxRetries", j.crash_count as "crashCount",
      j.snooze_count as "snoozeCount", j.execution_attempts as attempts,
      (extract(epoch from j.completed_at) * 1000)::float8 as "completedAt",
      (j.result_data ->> 'attempt')::int as "resultAttempt"
    from public.puppet_jobs j
    join public.puppet_job_retry_config c on c.job_type = j.job_type
  `;
  const history = await sql<HistoryFacts[]>`
    select h.job_id as "jobId", h.attempt_number as attempt, h.is_retry as "isRetry", h.success,
      h.error_type as "errorType", h.decision,
      (extract(epoch from h.created_at) * 1000)::float8 as "createdAt"
    from public.puppet_job_retry_history h
    where h.logged_by = 'engine'
    order by h.job_id, h.attempt_number
  `;
  return { jobs: [...jobs], history: [...history] };
}
