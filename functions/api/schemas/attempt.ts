import { z } from '@hono/zod-openapi';
import { answeredMoment as moment, answeredNumber } from './answered.ts';
import { anyJson } from './json.ts';

/** One attempt, as the history has it. */
export const attemptSchema = z.object({
  id: z.guid(),
  jobId: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  attemptNumber: z.int(),
  isRetry: z.boolean(),
  attemptedAt: moment,
  durationMs: z.int().nullable(),
  success: z.boolean(),
  errorType: z.string().nullable(),
  errorMessage: z.string().nullable(),
  decision: z.string().nullable().openapi({ description: 'What the database did about it' }),
  delaySeconds: z.int().nullable().openapi({ description: 'The wait that it scheduled' }),
  backoffMultiplier: answeredNumber,
  jitterSeconds: z.int().nullable(),
  nextRetryAt: moment.nullable(),
  retryReason: z.string(),
  executorId: z.string(),
  executionContext: anyJson,
  loggedBy: z.enum(['engine', 'caller']),
  createdAt: moment,
}).openapi('Attempt');
