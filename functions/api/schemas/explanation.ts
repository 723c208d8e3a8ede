import { z } from '@hono/zod-openapi';
import { answeredMoment } from './answered.ts';
import { JOB_STATUSES } from './job.ts';

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
  delay: z.object({ seconds: z.int().nullable(), text: z.string() }).nullable()
    .openapi({ description: 'What the present wait is made of' }),
  history: z.string().openapi({ description: 'How many attempts left a row, or why none did' }),
}).openapi('Explanation');
