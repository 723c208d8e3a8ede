import { z } from 'zod';
import { dateSchema } from './retry_attempt.ts';

const errorTypesSchema = z.array(
  z.object({ errorType: z.string().nullable(), count: z.int() }),
);

/** The answer of `get_retry_analytics`. */
export const retryAnalyticsSchema = z.object({
  totalRetries: z.int(),
  successfulRetries: z.int(),
  failedRetries: z.int(),
  /** Jobs of which a retry lies in the window. */
  retriedJobs: z.int(),
  /** Percent, 0 to 100, like every rate here; null of nothing. */
  successRate: z.number().nullable(),
  /** Over failed attempts that scheduled a wait. */
  averageDelaySeconds: z.number().nullable(),
  medianDurationMs: z.number().nullable(),
  p95DurationMs: z.number().nullable(),
  /** Of the jobs that succeeded after at least one failure. */
  averageAttemptsToSuccess: z.number().nullable(),
  medianSecondsToRecovery: z.number().nullable(),
  p95SecondsToRecovery: z.number().nullable(),
  /** The ten most common of failed attempts. */
  commonErrorTypes: errorTypesSchema,
  /** By the ordinal of the attempt: 2 is the first retry. */
  retryDistribution: z.array(z.object({
    attempt: z.int(),
    retries: z.int(),
    successful: z.int(),
    successRate: z.number().nullable(),
  })),
  jobTypeBreakdown: z.array(z.object({
    jobType: z.string(),
    totalRetries: z.int(),
    successRate: z.number().nullable(),
  })),
  /** Where the jobs that failed in the window are now. */
  jobs: z.object({
    failedAtLeastOnce: z.int(),
    recovered: z.int(),
    permanentlyFailed: z.int(),
    cancelled: z.int(),
    stillWaiting: z.int(),
  }),
});

/** How retries do over a window of attempts. */
export type RetryAnalytics = z.infer<typeof retryAnalyticsSchema>;

/** Which attempts to analyse: those from `startDate` on and before `endDate`, of one type or all. */
export interface RetryAnalyticsFilter {
  jobType?: string | undefined;
  startDate?: string | Date | undefined;
  endDate?: string | Date | undefined;
}

export const retryAnalyticsFilterSchema = z.strictObject({
  jobType: z.string().optional(),
  startDate: dateSchema.optional(),
  endDate: dateSchema.optional(),
});

/** The last hour, day, 7 days or 30 days. */
export type RetryStatsPeriod = 'hour' | 'day' | 'week' | 'month';

/** How jobs that were retried in a period do. */
export interface RetryStats {
  /** Jobs of which a retry ended in the period. */
  totalJobsWithRetries: number;
  /** Retries that ended in the period per such job; null where there are none. */
  averageRetryCount: number | null;
  /** Jobs that a retry of the period completed. */
  successfulAfterRetry: number;
  /** Jobs that failed in the period and have ended so. */
  permanentlyFailed: number;
  /** Jobs that failed in the period and are not at their end. */
  pendingRetry: number;
  /** Percent of the period's retries that succeeded, 0 to 100; null where there are none. */
  retrySuccessRate: number | null;
  /** The ten most common of failed attempts. */
  topErrorTypes: RetryAnalytics['commonErrorTypes'];
}
