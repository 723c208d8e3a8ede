import { z } from '@hono/zod-openapi';
import { answeredMoment, answeredNumber } from './answered.ts';
import { JOB_STATUSES } from './job.ts';

/** What the wait of a job is made of; the numbers are those that `text` tells of. */
export const delaySchema = z.object({
  seconds: z.int().nullable().openapi({ description: 'null: set by hand, or not known' }),
  text: z.string(),
  baseDelaySeconds: z.int().optional(),
  backoffMultiplier: answeredNumber.optional(),
  exponent: z.int().optional().openapi({ description: 'Failed attempts before this one' }),
  maxDelaySeconds: z.int().optional(),
  jitterSeconds: z.int().nullish(),
  crashes: z.int().optional().openapi({ description: 'After a crash: how many there were' }),
});

/** Why a job runs or does not. */
export const explanationSchema = z.object({
  jobId: z.guid(),
  jobType: z.string(),
  status: z.enum(JOB_STATUSES),
  finalStatus: z.string().nullable(),
  dueAt: answeredMoment.nullable(),
  summary: z.string().openapi({ description: 'The rule that decides, in words' }),
  rules: z.array(z.object({
    rule: z.string(),
    verdict: z.enum(['holds', 'ends', 'ended', 'limits', 'lets_go']),
    text: z.string(),
  })),
  delay: delaySchema.nullable().openapi({ description: 'What the present wait is made of' }),
  history: z.string().openapi({ description: 'How many attempts left a row, or why none did' }),
}).openapi('Explanation');
