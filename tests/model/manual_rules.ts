import { laterOf, latest, sooner, type Span } from './moments.ts';
import { endedRow } from './attempts.ts';
import type { Job } from './rows.ts';
import type { Known } from './world.ts';

export const REVIVABLE = ['permanently_failed', 'cancelled'];

/** The code that a retry by hand is refused with; null where it is allowed. */
export function retryRefusal(row: Job, runAt: number): string | null {
  if (row.status !== 'queued' && !REVIVABLE.includes(row.status)) return 'PT409';
  return row.deadline_at !== null && latest(row.deadline_at) <= runAt ? 'PT422' : null;
}

/** The last token counts no more for the late; what was settled can still be repeated. */
function withoutLate(known: Known): Known {
  return { ...known, rescued: false, row: { ...known.row, lease_token: null } };
}

/** What a retry by hand asks for. */
export interface RetryCall {
  due: Span;
  reason: string;
  config: unknown;
}

/** The job after a retry by hand that was allowed. */
export function retried(known: Known, call: RetryCall, now: Span, seen: Job): Known {
  const job_config = call.config ?? known.row.job_config;
  const soon = { next_retry_at: call.due, next_retry_reason: call.reason, job_config };
  if (known.row.status === 'queued') {
    // Late work of the old job_config would not be the new work.
    const base = call.config ? withoutLate(known) : known;
    const retry_window_started_at = sooner(call.due, base.row.retry_window_started_at);
    return { ...base, row: { ...base.row, ...soon, retry_window_started_at } };
  }
  const base = withoutLate(known);
  return {
    ...base,
    row: {
      ...base.row,
      ...soon,
      status: 'queued',
      final_status: 'failed',
      stop_reason: null,
      retry_count: 0,
      crash_count: 0,
      release_count: 0,
      retry_window_started_at: laterOf(now, call.due),
      cancel_requested_at: null,
      completed_at: null,
      last_error_type: seen.last_error_type,
    },
  };
}

/** The job after a cancel; null where it is refused. */
export function cancelled(known: Known, now: Span, seen: Job): Known | null {
  const { row } = known;
  if (row.status === 'completed' || row.status === 'permanently_failed') return null;
  if (row.status === 'cancelled') return known;
  const said = { last_execution_error: seen.last_execution_error ?? 'the reason' };
  if (row.status === 'running') {
    const cancel_requested_at = row.cancel_requested_at ?? now;
    return { ...known, row: { ...row, ...said, cancel_requested_at } };
  }
  const ended = endedRow(row, 'cancelled', 'cancelled', now);
  return { ...known, rescued: false, row: { ...ended, ...said, cancel_requested_at: now } };
}
