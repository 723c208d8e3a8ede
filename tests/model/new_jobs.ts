import * as fc from 'fast-check';
import { earliest, SECOND, type Span } from './moments.ts';
import type { Job } from './rows.ts';
import { type Jobs, type Known, OWNER, TYPES } from './world.ts';

/** A job to be; times are seconds from now, null for the column's default. */
export interface NewJob {
  job_type: string;
  priority: number;
  due_in: number | null;
  deadline_in: number | null;
  max_retries: number | null;
  retry_enabled: boolean;
  idempotency_key: string | null;
  job_config: { n: number };
}

export const newJob: fc.Arbitrary<NewJob> = fc.record({
  job_type: fc.constantFrom(...TYPES),
  priority: fc.constantFrom(1, 4, 5, 6, 10),
  due_in: fc.option(fc.constantFrom(-3000, -1200, -600, -60, 30, 600), { freq: 4 }),
  deadline_in: fc.option(fc.constantFrom(20, 300, 5000, 100_000), { freq: 2 }),
  max_retries: fc.option(fc.nat(3), { freq: 2 }),
  retry_enabled: fc.nat(9).map((n) => n > 0),
  idempotency_key: fc.option(fc.constantFrom('one', 'two'), { freq: 2 }),
  job_config: fc.record({ n: fc.nat(2) }),
});

// A default is now() of the run's transaction, and the caller's clock is read before the call.
const SLACK = 60 * SECOND;

/** What is known of a job right after it was enqueued. */
export function freshJob(job: NewJob, seen: Job, status: string, now: Span): Known {
  const { due_in, deadline_in, ...columns } = job;
  const at = (seconds: number) => ({
    from: now.from + seconds * SECOND - SLACK,
    to: now.to + seconds * SECOND,
  });
  const row: Job = {
    ...columns,
    id: seen.id,
    user_id: OWNER,
    status,
    final_status: null,
    scheduled_at: at(due_in ?? 0),
    retry_count: 0,
    next_retry_at: null,
    retry_window_started_at: seen.scheduled_at,
    last_attempt_at: null,
    last_execution_error: null,
    last_error_type: null,
    stop_reason: null,
    execution_attempts: 0,
    crash_count: 0,
    snooze_count: 0,
    release_count: 0,
    executing_by: null,
    executing_at: null,
    execution_timeout_at: null,
    lease_token: null,
    settled_token: null,
    cancel_requested_at: null,
    next_retry_reason: null,
    result_data: null,
    deadline_at: deadline_in === null ? null : at(deadline_in),
    completed_at: null,
  };
  return { row, history: [], settled: null, rescued: false, tokens: [], claim: null };
}

/** The job that has the same idempotency key. */
export function keyHolder(jobs: Jobs, job: NewJob): Known | undefined {
  if (job.idempotency_key === null) return undefined;
  return [...jobs.values()].find(({ row }) =>
    row.job_type === job.job_type && row.idempotency_key === job.idempotency_key
  );
}

/** Frees the key where its job ended before that time. */
export function freeKey(jobs: Jobs, job: NewJob, endedBefore: number): void {
  const holder = keyHolder(jobs, job);
  if (!holder || holder.row.completed_at === null) return;
  if (earliest(holder.row.completed_at) >= endedBefore) return;
  jobs.set(holder.row.id, { ...holder, row: { ...holder.row, idempotency_key: null } });
}
