import assert from 'node:assert/strict';
import type { Attempt, History } from './attempts.ts';
import type { Sql } from './database.ts';

export interface Analytics {
  totalRetries: number;
  successfulRetries: number;
  failedRetries: number;
  retriedJobs: number;
  successRate: number | null;
  averageDelaySeconds: number | null;
  medianDurationMs: number | null;
  p95DurationMs: number | null;
  averageAttemptsToSuccess: number | null;
  medianSecondsToRecovery: number | null;
  p95SecondsToRecovery: number | null;
  commonErrorTypes: { errorType: string; count: number }[];
  retryDistribution: {
    attempt: number;
    retries: number;
    successful: number;
    successRate: number | null;
  }[];
  jobTypeBreakdown: { jobType: string; totalRetries: number; successRate: number | null }[];
  jobs: {
    failedAtLeastOnce: number;
    recovered: number;
    permanentlyFailed: number;
    cancelled: number;
    stillWaiting: number;
  };
}

export interface Window {
  jobType?: string | null;
  start?: Date | null;
  end?: Date | null;
}

export async function analyse(
  sql: Sql,
  { jobType = null, start = null, end = null }: Window = {},
): Promise<Analytics> {
  const [row] = await sql<{ analytics: Analytics }[]>`
    select get_retry_analytics(${jobType}, ${start}, ${end}) as analytics
  `;
  return row!.analytics;
}

/** The analytics of the type test_job. */
export async function ours(sql: Sql): Promise<Analytics> {
  return await analyse(sql, { jobType: 'test_job' });
}

/** The figures of analyse by brute force, unrounded, over the rows of one owner or of all. */
export function expectedAnalytics(
  { jobs, attempts }: History,
  { jobType, start, end }: Window,
  owner: string | null = null,
): Analytics {
  const engine = attempts.filter((row) => row.logged_by === 'engine');
  const rows = engine.filter((row) =>
    (!start || row.attempted_at >= start) && (!end || row.attempted_at < end) &&
    (!jobType || row.job_type === jobType) && (!owner || row.user_id === owner)
  );
  const retries = rows.filter((row) => row.is_retry);
  const failures = rows.filter((row) => !row.success);
  const before = (row: Attempt) =>
    engine.filter((other) =>
      other.job_id === row.job_id && other.attempt_number < row.attempt_number
    );
  const recoveries = rows.filter((row) => row.success)
    .map((row) => ({ row, failed: before(row).filter((other) => !other.success) }))
    .filter(({ failed }) => failed.length > 0);
  const seconds = recoveries.map(({ row, failed }) =>
    (row.created_at.getTime() - Math.min(...failed.map((other) => other.created_at.getTime()))) /
    1000
  );
  const durations = rows.map((row) => row.duration_ms).filter((value) => value !== null);
  const failedIds = new Set(failures.map((row) => row.job_id));
  const failedJobs = jobs.filter((job) => failedIds.has(job.id));
  const inStatus = (...statuses: string[]) =>
    failedJobs.filter((job) => statuses.includes(job.status)).length;
  return {
    totalRetries: retries.length,
    successfulRetries: successes(retries),
    failedRetries: retries.length - successes(retries),
    retriedJobs: new Set(retries.map((row) => row.job_id)).size,
    successRate: rate(retries),
    averageDelaySeconds: mean(rows.map((row) => row.delay_seconds).filter((s) => s !== null)),
    medianDurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
    averageAttemptsToSuccess: mean(recoveries.map(({ failed }) => failed.length + 1)),
    medianSecondsToRecovery: percentile(seconds, 0.5),
    p95SecondsToRecovery: percentile(seconds, 0.95),
    commonErrorTypes: [...Map.groupBy(failures, (row) => row.error_type!)]
      .map(([errorType, { length }]) => ({ errorType, count: length }))
      .sort((a, b) => b.count - a.count || (a.errorType < b.errorType ? -1 : 1))
      .slice(0, 10),
    retryDistribution: [...Map.groupBy(retries, (row) => before(row).length + 1)]
      .map(([attempt, group]) => ({
        attempt,
        retries: group.length,
        successful: successes(group),
        successRate: rate(group),
      }))
      .sort((a, b) => a.attempt - b.attempt),
    jobTypeBreakdown: [...Map.groupBy(rows, (row) => row.job_type)]
      .map(([jobType, group]) => {
        const retried = group.filter((row) => row.is_retry);
        return { jobType, totalRetries: retried.length, successRate: rate(retried) };
      })
      .sort((a, b) => a.jobType < b.jobType ? -1 : 1),
    jobs: {
      failedAtLeastOnce: failedJobs.length,
      recovered: inStatus('completed'),
      permanentlyFailed: inStatus('permanently_failed'),
      cancelled: inStatus('cancelled'),
      stillWaiting: inStatus('pending', 'queued', 'running'),
    },
  };
}

function successes(rows: Attempt[]): number {
  return rows.filter((row) => row.success).length;
}

function rate(rows: Attempt[]): number | null {
  return rows.length === 0 ? null : successes(rows) / rows.length * 100;
}

function mean(values: number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value) / values.length;
}

function percentile(values: number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

/** Decimal places to which figures are rounded; all others are exact. */
const PLACES: Record<string, number> = {
  successRate: 2,
  averageDelaySeconds: 2,
  averageAttemptsToSuccess: 2,
  medianDurationMs: 0,
  p95DurationMs: 0,
  medianSecondsToRecovery: 0,
  p95SecondsToRecovery: 0,
};

/** Compares rounded analytics with exact ones. */
export function assertAnalytics(actual: unknown, exact: unknown, what: string): void {
  assert.deepEqual(actual, roundedLike(actual, exact, ''), what);
}

function roundedLike(actual: unknown, exact: unknown, key: string): unknown {
  if (typeof exact === 'number' && typeof actual === 'number') {
    const places = PLACES[key];
    if (places === undefined) return exact;
    const unit = 10 ** -places;
    const isRounded = Math.abs(actual / unit - Math.round(actual / unit)) < 1e-6;
    return isRounded && Math.abs(actual - exact) <= unit / 2 + 1e-6 ? actual : exact;
  }
  if (Array.isArray(exact)) {
    const list = Array.isArray(actual) ? actual : [];
    return exact.map((item, place) => roundedLike(list[place], item, ''));
  }
  if (typeof exact !== 'object' || exact === null) return exact;
  const fields = Object(actual);
  return Object.fromEntries(
    Object.entries(exact).map(([name, value]) => [name, roundedLike(fields[name], value, name)]),
  );
}
