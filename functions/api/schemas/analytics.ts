import { z } from '@hono/zod-openapi';
import { answeredNumber } from './answered.ts';

const percent = answeredNumber.openapi({ description: 'Percent; null of nothing' });
const seconds = answeredNumber;
const count = z.int();

/** How retries do, over a window of attempts. */
export const analyticsSchema = z.object({
  totalRetries: count,
  successfulRetries: count,
  failedRetries: count,
  retriedJobs: count,
  successRate: percent,
  averageAttemptsToSuccess: answeredNumber,
  averageDelaySeconds: seconds,
  medianDurationMs: answeredNumber,
  p95DurationMs: answeredNumber,
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
