import { createRoute, z } from '@hono/zod-openapi';
import { snakeKeys } from '../../shared/case_names.ts';
import { ask } from '../../shared/database_reply.ts';
import { forAdmins, smallBody } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { fromRow, fromRows } from './row.ts';
import { answeredMoment } from './schemas/answered.ts';
import { closedObject } from './schemas/closed_object.ts';
import { jobTypeSchema } from './schemas/parameters.ts';
import { always, withBody } from './schemas/problem.ts';
import { storableMoment, storableText } from './schemas/storable.ts';

const filterSchema = closedObject({
  jobIds: z.array(z.guid()).min(1).max(10_000).optional(),
  jobType: jobTypeSchema.optional(),
  status: z.enum(['permanently_failed', 'cancelled']).optional(),
  errorType: storableText(100, 0).optional(),
  stopReason: storableText(100, 0).optional(),
  userId: z.guid().optional(),
  campaignId: z.guid().optional(),
  endedAfter: storableMoment.optional(),
  endedBefore: storableMoment.optional(),
  limit: z.int().min(1).max(10_000).optional().openapi({
    description: 'How many in one call; default 1,000, or all of jobIds',
  }),
}).refine(({ limit: _, ...conditions }) => Object.keys(conditions).length > 0, {
  message: 'must name at least one condition beside limit',
});

const bulkSchema = closedObject({
  filter: filterSchema,
  spreadSeconds: z.int().min(0).max(604_800).default(0).openapi({
    description: 'The jobs become due spread evenly over this time',
  }),
  dryRun: z.boolean().default(true).openapi({ description: 'true: only tells which jobs' }),
});

const sampleSchema = z.object({
  jobId: z.guid(),
  jobType: z.string(),
  stopReason: z.string().nullable(),
  lastErrorType: z.string().nullable(),
  completedAt: answeredMoment.nullable(),
});

const answerSchema = z.object({
  dryRun: z.boolean(),
  count: z.int().openapi({ description: 'All that match, counted up to 100,000' }),
  limited: z.boolean().openapi({ description: 'Whether more match than were counted' }),
  remaining: z.int().openapi({
    description: 'Of those counted, how many are left to another call',
  }),
  sample: z.array(sampleSchema),
  changed: z.array(z.guid()).openapi({ description: 'Ids of the jobs retried' }),
}).openapi('BulkRetry');

/** The answer while the sample still has the database's names. */
const looseSchema = answerSchema.extend({ sample: z.unknown() });

const bulkRoute = createRoute({
  method: 'post',
  path: '/puppet/jobs/retry',
  operationId: 'retryJobs',
  tags: ['jobs'],
  summary: 'Retry many ended jobs, after a look at which they are',
  security: forAdmins.security,
  middleware: [forAdmins.middleware, smallBody],
  request: { body: { required: true, content: { 'application/json': { schema: bulkSchema } } } },
  responses: {
    200: {
      description: 'How many, and which',
      content: { 'application/json': { schema: answerSchema } },
    },
    ...always,
    ...withBody,
  },
});

/** Retrying in bulk. */
export function bulkRetryRoutes() {
  return createRouter()
    .openapi(bulkRoute, async (c) => {
      return c.json(await retryMany(c.var.caller, c.req.valid('json')), 200);
    });
}

async function retryMany(
  { client }: Caller,
  { filter, spreadSeconds, dryRun }: z.infer<typeof bulkSchema>,
) {
  const call = client.rpc('retry_jobs', {
    p_filter: snakeKeys(filter),
    p_spread_seconds: spreadSeconds,
    p_dry_run: dryRun,
  });
  const answer = fromRow(looseSchema, await ask(z.unknown(), call, 'retry_jobs'));
  return { ...answer, sample: fromRows(sampleSchema, answer.sample) };
}
