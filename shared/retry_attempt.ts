import { z } from 'zod';
import { camelKeys } from './case_names.ts';
import { dateInUtc } from './utc_date.ts';

const attemptSchema = z.object({
  id: z.guid(),
  jobId: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  /** The job's `execution_attempts` at that attempt: numbers rise, with gaps. */
  attemptNumber: z.int(),
  isRetry: z.boolean(),
  attemptedAt: z.string(),
  durationMs: z.int().nullable(),
  success: z.boolean(),
  errorType: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** What the database did about it; null in rows that a caller logged. */
  decision: z.string().nullable(),
  /** The wait that this attempt scheduled; null where it scheduled none. */
  delaySeconds: z.int().nullable(),
  backoffMultiplier: z.number().nullable(),
  jitterSeconds: z.int().nullable(),
  nextRetryAt: z.string().nullable(),
  retryReason: z.string(),
  executorId: z.string(),
  executionContext: z.unknown(),
  loggedBy: z.enum(['engine', 'caller']),
  createdAt: z.string(),
});

/** One attempt of a job's history; times are ISO strings. */
export type RetryAttempt = z.infer<typeof attemptSchema>;

/** A row of `puppet_job_retry_history`. */
export const retryAttemptSchema = z.looseObject({}).transform(camelKeys).pipe(attemptSchema);

/** Which attempts to list: all that are given must hold; dates are ISO strings or Dates. */
export interface RetryHistoryFilter {
  jobId?: string | undefined;
  jobType?: string | undefined;
  success?: boolean | undefined;
  errorType?: string | undefined;
  attemptNumber?: number | undefined;
  /** Attempts that started then or later. */
  startDate?: string | Date | undefined;
  /** Attempts that started before. */
  endDate?: string | Date | undefined;
  /** 1 to 1000; 50 by default. */
  limit?: number | undefined;
  offset?: number | undefined;
}

/** A date as the database reads it; what makes a date of a string, the database says. */
export const dateSchema = z.union([
  z.string().transform(dateInUtc),
  z.date().transform((date) => date.toISOString()),
]);

export const retryHistoryFilterSchema = z.strictObject({
  jobId: z.string().optional(),
  jobType: z.string().optional(),
  success: z.boolean().optional(),
  errorType: z.string().optional(),
  attemptNumber: z.int().optional(),
  startDate: dateSchema.optional(),
  endDate: dateSchema.optional(),
  limit: z.int().min(1).max(1000).default(50),
  offset: z.int().min(0).default(0),
});

/** One page of attempts, and how many there are in all. */
export interface RetryHistoryPage {
  attempts: RetryAttempt[];
  total: number;
  hasMore: boolean;
}

/** An attempt that a caller tells of: it shows in the history and stays out of the analytics. */
export interface RetryAttemptLog {
  jobId: string;
  attemptNumber: number;
  success: boolean;
  errorType?: string | undefined;
  /** Redacted, and cut at 8 kB. */
  errorMessage?: string | undefined;
  delaySeconds?: number | undefined;
  backoffMultiplier?: number | undefined;
  jitterSeconds?: number | undefined;
  nextRetryAt?: string | Date | undefined;
  /** `automatic` by default. */
  retryReason?: string | undefined;
  executorId?: string | undefined;
  /** Redacted; a marker takes its place over 16 kB. */
  executionContext?: unknown;
  /** Now by default. */
  attemptedAt?: string | Date | undefined;
  durationMs?: number | undefined;
  /** True by default for every attempt but the first. */
  isRetry?: boolean | undefined;
}

export const retryAttemptLogSchema = z.strictObject({
  jobId: z.string(),
  attemptNumber: z.int(),
  success: z.boolean(),
  errorType: z.string().optional(),
  errorMessage: z.string().optional(),
  delaySeconds: z.int().optional(),
  backoffMultiplier: z.number().optional(),
  jitterSeconds: z.int().optional(),
  nextRetryAt: dateSchema.optional(),
  retryReason: z.string().optional(),
  executorId: z.string().optional(),
  executionContext: z.unknown().optional(),
  attemptedAt: dateSchema.optional(),
  durationMs: z.int().optional(),
  isRetry: z.boolean().optional(),
});
