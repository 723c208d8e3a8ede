import { z } from '@hono/zod-openapi';
import { closedObject } from './closed_object.ts';
import { jobConfigSchema } from './job_config.ts';
import { jobTypeSchema } from './parameters.ts';
import { storableMoment, storableText } from './storable.ts';

/** A job to enqueue. What owners may not ask for, the database refuses (403). */
export const newJobSchema = closedObject({
  userId: z.guid().optional().openapi({
    description: 'The owner. A user may leave it out; the service must give it',
  }),
  jobType: jobTypeSchema.optional(),
  jobConfig: jobConfigSchema.optional().openapi({
    description: 'At most 256 kB. Whole numbers beyond ±(2^53 - 1) are refused: send strings',
  }),
  priority: z.int().min(1).max(10).optional().openapi({ description: '10 first; owners: up to 5' }),
  scheduledAt: storableMoment.optional(),
  maxRetries: z.int().min(0).max(1_000_000).optional().openapi({ description: 'Owners: up to 20' }),
  retryEnabled: z.boolean().optional(),
  deadlineAt: storableMoment.optional(),
  idempotencyKey: storableText(255).optional().openapi({
    description: 'Unique per owner and type; freed 7 days after the job ended',
  }),
  campaignId: z.guid().optional(),
}).openapi('NewJob');

/** What became of a job to enqueue. */
export const enqueuedSchema = z.object({
  jobId: z.guid(),
  created: z.boolean().openapi({ description: 'false: the idempotency key had a job already' }),
  samePayload: z.boolean().openapi({
    description: 'Whether the job there has this jobConfig: jobConfig alone is compared',
  }),
}).openapi('Enqueued');
