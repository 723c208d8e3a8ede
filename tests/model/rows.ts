import type postgres from 'postgres';
import type { Moment, Span } from './moments.ts';

/** What the model knows of a job's row: every column but created_at and updated_at. */
export interface Job {
  id: string;
  user_id: string;
  job_type: string;
  job_config: unknown;
  priority: number;
  status: string;
  final_status: string | null;
  scheduled_at: Moment;
  retry_count: number;
  max_retries: number | null;
  retry_enabled: boolean;
  next_retry_at: Moment;
  retry_window_started_at: Moment;
  last_attempt_at: Moment;
  last_execution_error: string | null;
  last_error_type: string | null;
  stop_reason: string | null;
  execution_attempts: number;
  crash_count: number;
  snooze_count: number;
  release_count: number;
  executing_by: string | null;
  executing_at: Moment;
  execution_timeout_at: Moment;
  lease_token: string | null;
  settled_token: string | null;
  cancel_requested_at: Moment;
  next_retry_reason: string | null;
  result_data: unknown;
  deadline_at: Moment;
  idempotency_key: string | null;
  completed_at: Moment;
}

/** An engine row of the history. */
export interface HistoryLine {
  job_id: string;
  user_id: string;
  job_type: string;
  attempt_number: number;
  is_retry: boolean;
  attempted_at: Moment;
  duration_ms: number | Span | null;
  success: boolean;
  error_type: string | null;
  error_message: string | null;
  decision: string;
  delay_seconds: number | Span | null;
  backoff_multiplier: number | null;
  jitter_seconds: number | Span | null;
  next_retry_at: Moment;
  retry_reason: string;
  executor_id: string;
  logged_by: string;
}

/** What decides about a type's failures and leases; times are seconds. */
export interface Policy {
  job_type: string;
  max_retries: number;
  base_delay_seconds: number;
  backoff_multiplier: number;
  max_delay_seconds: number;
  jitter_enabled: boolean;
  max_jitter_seconds: number;
  jitter_strategy: string;
  delay_schedule_seconds: number[] | null;
  max_retry_after_seconds: number;
  max_elapsed_seconds: number | null;
  timeout_seconds: number;
  max_crashes: number;
  retry_on_error_types: string[];
  do_not_retry_on: string[];
  enabled: boolean;
  endpoint_url: string | null;
}

/** All jobs; the caller sends the query. */
export function readJobs(sql: postgres.TransactionSql) {
  return sql<Job[]>`
    select id, user_id, job_type, job_config, priority, status, final_status, scheduled_at,
      retry_count, max_retries, retry_enabled, next_retry_at, retry_window_started_at,
      last_attempt_at, last_execution_error, last_error_type, stop_reason, execution_attempts,
      crash_count, snooze_count, release_count, executing_by, executing_at, execution_timeout_at,
      lease_token, settled_token, cancel_requested_at, next_retry_reason, result_data, deadline_at,
      idempotency_key, completed_at
    from puppet_jobs
  `;
}

/** The history of all jobs, oldest attempt first. */
export function readHistory(sql: postgres.TransactionSql) {
  return sql<HistoryLine[]>`
    select job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
      error_type, error_message, decision, delay_seconds, backoff_multiplier, jitter_seconds,
      next_retry_at, retry_reason, executor_id, logged_by
    from puppet_job_retry_history
    order by job_id, attempt_number
  `;
}

/** All policies. */
export function readPolicies(sql: postgres.TransactionSql) {
  return sql<Policy[]>`
    select job_type, max_retries, base_delay_seconds, backoff_multiplier, max_delay_seconds,
      jitter_enabled, max_jitter_seconds, jitter_strategy, delay_schedule_seconds,
      max_retry_after_seconds, max_elapsed_seconds, timeout_seconds, max_crashes,
      retry_on_error_types, do_not_retry_on, enabled, endpoint_url
    from puppet_job_retry_config
  `;
}
