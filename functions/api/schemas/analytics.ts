import { z } from '@hono/zod-openapi';

const percent = z.number().min(0).max(100).nullable();
const seconds = z.number().nullable();
const count = z.int();

/** How retries do, over a window of attempts. */
export const analyticsSchema = z.object({
  totalRetries: count,
  successfulRetries: count,
  failedRetries: count,
  retriedJobs: count,
  successRate: percent,
  averageAttemptsToSuccess: z.number().nullable(),
  averageDelaySeconds: seconds,
  medianDurationMs: z.number().nullable(),
  p95DurationMs: z.number().nullable(),
  medianSecondsToRecovery: seconds,
  p95SecondsToRecovery: seconds,
  commonErrorTypes: z.array(z.object({ errorType: z.string().nullable(), count })),
  retryDistribution: z.array(
    z.object({ attempt: count, retries: count, successful: count, successRate: percent }),
  ),
  jobTypeBreakdown: z.array(
    z.object({ jobType: z.string(), totalRetries: count, successRate: percent }),
  ),
  jobs: z.object({
    failedAtLeastOnce: count,
    recovered: count,
    permanentlyFailed: count,
    cancelled: count,
    stillWaiting: count,
  }),
});
