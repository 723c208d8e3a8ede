import { earliest, latest, type Span } from './moments.ts';
import type { HistoryLine, Job, Policy } from './rows.ts';
import type { Known } from './world.ts';

/** What is said of an attempt; expired, released and crashed are said by rescue and release. */
export interface Outcome {
  kind: string;
  error_type?: string | undefined;
  error_message?: string | undefined;
  retry_after_seconds?: number | undefined;
  snooze_seconds?: number | undefined;
  duration_ms?: number | undefined;
  result?: unknown;
}

/** The circumstances: what applies, when, and how the job looks afterwards, where chance decides. */
export interface Circumstances {
  policy: Policy;
  now: Span;
  seen: Job;
}

/** The job without its lease, whose token is settled. */
export function handedBack(known: Known, outcome: Outcome): Known {
  const token = known.row.lease_token;
  const expired = outcome.kind === 'expired';
  return {
    ...known,
    rescued: expired,
    claim: null,
    settled: expired || token === null ? known.settled : { token, outcome: outcome.kind },
    row: {
      ...known.row,
      executing_by: null,
      executing_at: null,
      execution_timeout_at: null,
      release_count: 0,
      settled_token: expired ? known.row.settled_token : token,
    },
  };
}

/** The row as it is once the job has ended so. */
export function endedRow(row: Job, status: string, reason: string, now: Span): Job {
  return {
    ...row,
    status,
    final_status: status,
    stop_reason: reason,
    next_retry_at: null,
    completed_at: now,
  };
}

// The column is an int: an attempt of more than three weeks may be written as one of three weeks.
const LONGEST_MS = 2_000_000_000;

/** The row that the attempt leaves in the history. */
export function line(
  known: Known,
  { now }: Circumstances,
  outcome: Outcome,
  decision: string,
): HistoryLine {
  const { row } = known;
  const started = row.executing_at ?? now;
  return {
    job_id: row.id,
    user_id: row.user_id,
    job_type: row.job_type,
    attempt_number: row.execution_attempts,
    is_retry: row.final_status === 'failed',
    attempted_at: row.executing_at,
    duration_ms: outcome.duration_ms ?? {
      from: Math.min(LONGEST_MS, Math.floor((now.from - latest(started)) / 1000) - 1),
      to: Math.ceil((now.to - earliest(started)) / 1000) + 1,
    },
    success: decision === 'succeeded',
    error_type: null,
    error_message: null,
    decision,
    delay_seconds: null,
    backoff_multiplier: null,
    jitter_seconds: null,
    next_retry_at: null,
    retry_reason: row.next_retry_reason ?? 'automatic',
    executor_id: row.executing_by ?? '',
    logged_by: 'engine',
  };
}
