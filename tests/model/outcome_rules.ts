import { type Circumstances, endedRow, handedBack, line, type Outcome } from './attempts.ts';
import { crashDecision, decisionsOf } from './decision_rules.ts';
import { delayBounds, jitterBounds } from './delay_bounds.ts';
import { earliest, later, latest, type Moment, SECOND, sooner, type Span } from './moments.ts';
import type { Job } from './rows.ts';
import type { Known } from './world.ts';

/** The job after an outcome, and the decision; null where nothing was decided. */
export interface Move {
  known: Known;
  decision: string | null;
}

const RELEASES_IN_A_ROW = 5;

function completed(known: Known, outcome: Outcome, circumstances: Circumstances): Move {
  const free = handedBack(known, outcome);
  const isRetry = known.row.final_status === 'failed';
  const row = {
    ...endedRow(free.row, 'completed', 'succeeded', circumstances.now),
    next_retry_reason: null,
    result_data: outcome.result ?? null,
    // It says why the job was cancelled, which it was not.
    ...known.row.cancel_requested_at === null ? {} : { last_execution_error: null },
  };
  const history = isRetry
    ? [...known.history, line(known, circumstances, outcome, 'succeeded')]
    : known.history;
  return { known: { ...free, row, history }, decision: 'succeeded' };
}

/** Where the attempt goes on at its own wish: nothing failed, nothing is written. */
function waitsAgain(known: Known, outcome: Outcome, due: Moment): Move {
  const free = handedBack(known, outcome);
  const snoozed = outcome.kind === 'snoozed';
  const row = {
    ...free.row,
    status: known.row.final_status === 'failed' ? 'queued' : 'pending',
    next_retry_at: due,
    snooze_count: known.row.snooze_count + (snoozed ? 1 : 0),
    release_count: snoozed ? 0 : known.row.release_count + 1,
  };
  return { known: { ...free, row }, decision: null };
}

function windowEnd(job: Job, { policy }: Circumstances): number | null {
  const started = job.retry_window_started_at;
  if (policy.max_elapsed_seconds === null || started === null) return null;
  return latest(started) + policy.max_elapsed_seconds * SECOND;
}

/** Whether a snooze comes too late; what became of the job decides where it may be so or not. */
function isWindowOver(job: Job, circumstances: Circumstances): boolean {
  const { policy, now, seen } = circumstances;
  const end = windowEnd(job, circumstances);
  if (end === null || job.retry_window_started_at === null) return false;
  if (now.from >= end) return true;
  const from = earliest(job.retry_window_started_at) + (policy.max_elapsed_seconds ?? 0) * SECOND;
  return now.to >= from && seen.stop_reason === 'max_elapsed_reached';
}

function snoozedUntil(job: Job, seconds: number, circumstances: Circumstances): Moment {
  const { now } = circumstances;
  const end = windowEnd(job, circumstances);
  const until = sooner(sooner(later(now, seconds), job.deadline_at), end);
  return { from: Math.max(now.from, earliest(until)), to: Math.max(now.to, latest(until)) };
}

interface Failure {
  decision: string;
  error_type: string;
  delay: Span | null;
  jitter?: Span;
  crashed: boolean;
}

/** An attempt that ends in an error: its row in the history, and a retry or the end. */
function erred(
  known: Known,
  outcome: Outcome,
  failure: Failure,
  circumstances: Circumstances,
): Move {
  const { now, policy, seen } = circumstances;
  const { decision, crashed, error_type } = failure;
  const free = handedBack(known, outcome);
  const retried = decision === 'retry_scheduled' && failure.delay !== null;
  const next = failure.delay && retried ? later(now, failure.delay.from, failure.delay.to) : null;
  const status = decision === 'cancelled' ? 'cancelled' : 'permanently_failed';
  const base = retried
    ? { ...free.row, status: 'queued', final_status: 'failed', next_retry_at: next }
    : endedRow(free.row, status, decision, now);
  const row = {
    ...base,
    retry_count: known.row.retry_count + (retried && !crashed ? 1 : 0),
    crash_count: known.row.crash_count + (crashed ? 1 : 0),
    next_retry_reason: null,
    last_error_type: error_type,
    last_execution_error: decision === 'cancelled' && known.row.cancel_requested_at !== null
      ? known.row.last_execution_error
      // Said by the engine itself where the executor said nothing.
      : outcome.error_message ?? seen.last_execution_error ?? 'something',
  };
  const written = {
    ...line(known, circumstances, outcome, decision),
    error_type,
    error_message: outcome.error_message ?? null,
    delay_seconds: retried ? failure.delay : null,
    backoff_multiplier: retried && !crashed ? policy.backoff_multiplier : null,
    jitter_seconds: retried ? failure.jitter ?? null : null,
    next_retry_at: next,
  };
  return { known: { ...free, row, history: [...known.history, written] }, decision };
}

/** What becomes of a running job when its holder, or its rescuer, reports the outcome. */
export function settleHeld(known: Known, outcome: Outcome, circumstances: Circumstances): Move {
  const job = known.row;
  const { kind } = outcome;
  if (kind === 'completed') return completed(known, outcome, circumstances);
  const crashed = kind === 'expired' || kind === 'crashed' ||
    (kind === 'released' && job.release_count >= RELEASES_IN_A_ROW);
  const error_type = outcome.error_type ??
    (crashed ? 'lease_expired' : kind === 'failed' ? 'unknown_error' : 'cancelled');
  if (kind === 'cancelled' || job.cancel_requested_at !== null) {
    const failure = { decision: 'cancelled', error_type, delay: null, crashed };
    return erred(known, outcome, failure, circumstances);
  }
  if (crashed) {
    const seconds = 30 * 2 ** job.crash_count;
    const delay = { from: seconds, to: seconds };
    const decision = crashDecision(job, circumstances);
    return erred(known, outcome, { decision, error_type, delay, crashed }, circumstances);
  }
  if (kind === 'released') return waitsAgain(known, outcome, circumstances.now);
  if (kind === 'snoozed' && isWindowOver(job, circumstances)) {
    const decision = 'max_elapsed_reached';
    return erred(
      known,
      outcome,
      { decision, error_type: 'timeout', delay: null, crashed },
      circumstances,
    );
  }
  if (kind === 'snoozed') {
    const until = snoozedUntil(job, outcome.snooze_seconds ?? 0, circumstances);
    return waitsAgain(known, outcome, until);
  }
  const after = outcome.retry_after_seconds ?? null;
  const delay = delayBounds(circumstances.policy, job.retry_count, after);
  const allowed = decisionsOf(job, error_type, delay, circumstances);
  const chosen = circumstances.seen.stop_reason ?? 'retry_scheduled';
  const decision = allowed.find((one) => one === chosen) ?? allowed[0] ?? '';
  const jitter = jitterBounds(circumstances.policy, job.retry_count, after);
  return erred(known, outcome, { decision, error_type, delay, jitter, crashed }, circumstances);
}

/** A completed outcome of the executor whose lease was taken away and whom nobody has replaced. */
export function settleLate(known: Known, outcome: Outcome, { now }: Circumstances): Move {
  const token = known.row.lease_token ?? '';
  const history = known.history.map((written) =>
    written.attempt_number === known.row.execution_attempts
      ? {
        ...written,
        success: true,
        decision: 'succeeded_late',
        error_type: null,
        error_message: null,
        delay_seconds: null,
        next_retry_at: null,
        duration_ms: outcome.duration_ms ?? written.duration_ms,
      }
      : written
  );
  const row = {
    ...endedRow(known.row, 'completed', 'succeeded_late', now),
    next_retry_reason: null,
    release_count: 0,
    settled_token: token,
    result_data: outcome.result ?? null,
  };
  const settled = { token, outcome: outcome.kind };
  return { known: { ...known, row, history, settled, rescued: false }, decision: 'succeeded_late' };
}
