import { createRoute, z } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { fromRows } from './row.ts';
import { jobSummarySchema } from './schemas/job.ts';
import {
  DEFAULT_LIMIT,
  nextSchema,
  pageArguments,
  pageEnd,
  paging,
  writeCursor,
} from './schemas/paging.ts';
import { isWindow, jobTypeSchema, moment, NO_WINDOW, query } from './schemas/parameters.ts';
import { always, withParameters } from './schemas/problem.ts';
import { retryCountFilter } from './schemas/retry_count.ts';
import { storableText } from './schemas/storable.ts';

const querySchema = query({
  status: z.enum(['permanently_failed', 'cancelled', 'failed']).optional().openapi({
    description: 'failed: waits for its retry. Default permanently_failed',
  }),
  retryCount: retryCountFilter.optional(),
  jobType: jobTypeSchema.optional(),
  errorType: storableText(100).optional(),
  startDate: moment.optional().openapi({ description: 'Ended (failed: created) then or later' }),
  endDate: moment.optional().openapi({ description: 'Ended (failed: created) before' }),
  ...paging,
}).refine(isWindow, NO_WINDOW);

const pageSchema = z.object({ jobs: z.array(z.unknown()), next: nextSchema });

const answerSchema = z.object({ jobs: z.array(jobSummarySchema), ...pageEnd })
  .openapi('FailedJobs');

const listRoute = createRoute({
  method: 'get',
  path: '/puppet/failed-jobs',
  operationId: 'listFailedJobs',
  tags: ['jobs'],
  summary: 'Jobs that failed, the latest end (failed: the latest retry) first, page by page',
  ...forSignedIn,
  request: { query: querySchema },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: answerSchema } } },
    ...always,
    ...withParameters,
  },
});

/** Listing what failed. */
export function failedJobRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      return c.json(await listFailed(c.var.caller, c.req.valid('query')), 200);
    });
}

async function listFailed({ client }: Caller, filter: z.infer<typeof querySchema>) {
  const { status, jobType, errorType, startDate, endDate, limit = DEFAULT_LIMIT } = filter;
  // Each status has an order of its own.
  const list = `jobs ${status ?? 'permanently_failed'}`;
  const call = client.rpc('list_failed_jobs', {
    ...(status !== undefined && { p_status: status }),
    ...(jobType !== undefined && { p_job_type: jobType }),
    ...(errorType !== undefined && { p_error_type: errorType }),
    ...(startDate !== undefined && { p_start: startDate }),
    ...(endDate !== undefined && { p_end: endDate }),
    ...retryCounts(filter.retryCount),
    ...pageArguments(list, filter.cursor, limit),
  });
  const { jobs, next } = await ask(pageSchema, call, 'list_failed_jobs');
  return { jobs: fromRows(jobSummarySchema, jobs), nextCursor: next && writeCursor(list, next) };
}

function retryCounts(filter: z.infer<typeof retryCountFilter> | undefined) {
  if (!filter) return {};
  const { least, most } = filter;
  return {
    ...(least !== undefined && { p_min_retry_count: least }),
    ...(most !== undefined && { p_max_retry_count: most }),
  };
}
