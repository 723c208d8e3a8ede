import type { Circumstances } from './attempts.ts';
import { earliest, later, latest, type Span } from './moments.ts';
import type { Job } from './rows.ts';

/** A failure's decision by the contract's order of reasons; several where the jitter decides. */
export function decisionsOf(
  job: Job,
  errorType: string,
  delay: Span,
  { policy, now }: Circumstances,
) {
  const retried = policy.retry_on_error_types.includes(errorType) &&
    !policy.do_not_retry_on.includes(errorType);
  if (!retried) return ['error_not_retryable'];
  if (!job.retry_enabled) return ['retries_disabled'];
  if (!policy.enabled) return ['policy_disabled'];
  if (job.retry_count >= (job.max_retries ?? policy.max_retries)) return ['max_retries_reached'];
  const due = later(now, delay.from, delay.to);
  const possible: string[] = [];
  const started = job.retry_window_started_at;
  if (policy.max_elapsed_seconds !== null && started !== null) {
    const end = later({ from: earliest(started), to: latest(started) }, policy.max_elapsed_seconds);
    if (due.to > end.from) possible.push('max_elapsed_reached');
    if (due.from > end.to) return possible;
  }
  if (job.deadline_at !== null) {
    if (due.to >= earliest(job.deadline_at)) possible.push('deadline_passed');
    if (due.from >= latest(job.deadline_at)) return possible;
  }
  return [...possible, 'retry_scheduled'];
}

/** A crash is retried whatever the policy says, until max_crashes or the deadline. */
export function crashDecision(job: Job, { policy, now }: Circumstances): string {
  if (job.deadline_at !== null && latest(job.deadline_at) <= now.from) return 'deadline_passed';
  return job.crash_count + 1 >= policy.max_crashes ? 'crash_limit_reached' : 'retry_scheduled';
}
