import { createRoute, z } from '@hono/zod-openapi';
import { dataOf } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { columnsOf, fromRows } from './row.ts';
import { jobSummarySchema } from './schemas/job.ts';
import { behind, cutPage, DEFAULT_LIMIT, pageEnd, paging, readCursor } from './schemas/paging.ts';
import { jobTypeSchema, moment, query } from './schemas/parameters.ts';
import { always, withParameters } from './schemas/problem.ts';
import { retryCountFilter } from './schemas/retry_count.ts';

const querySchema = query({
  status: z.enum(['permanently_failed', 'cancelled', 'failed']).optional().openapi({
    description: 'failed: waits for its retry. Default permanently_failed',
  }),
  retryCount: retryCountFilter.optional(),
  jobType: jobTypeSchema.optional(),
  errorType: z.string().min(1).max(100).optional(),
  startDate: moment.optional().openapi({ description: 'Ended (failed: created) then or later' }),
  endDate: moment.optional().openapi({ description: 'Ended (failed: created) before' }),
  ...paging,
});

const answerSchema = z.object({ jobs: z.array(jobSummarySchema), ...pageEnd })
  .openapi('FailedJobs');

const listRoute = createRoute({
  method: 'get',
  path: '/puppet/failed-jobs',
  operationId: 'listFailedJobs',
  tags: ['jobs'],
  summary: 'Jobs that failed, the latest first, page by page',
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

async function listFailed(caller: Caller, filter: z.infer<typeof querySchema>) {
  const { status = 'permanently_failed', limit = DEFAULT_LIMIT } = filter;
  // What has ended is sorted as its index is; what waits has not ended yet.
  const column = status === 'failed' ? 'created_at' : 'completed_at';
  const reply = await select(caller, { ...filter, status, limit }, column);
  const { rows, nextCursor } = cutPage(
    fromRows(jobSummarySchema, dataOf<unknown>(reply, 'puppet_jobs')),
    limit,
    (job) => ({ at: (status === 'failed' ? null : job.completedAt) ?? job.createdAt, id: job.id }),
  );
  return { jobs: rows, nextCursor };
}

type Filter = z.infer<typeof querySchema> & { status: string; limit: number };

function select({ client }: Caller, filter: Filter, column: 'created_at' | 'completed_at') {
  const { status, retryCount, jobType, errorType, startDate, endDate, limit } = filter;
  let rows = client.from('puppet_jobs').select(columnsOf(jobSummarySchema));
  rows = rows.eq('status', status === 'failed' ? 'queued' : status).eq('final_status', status);
  if (retryCount) rows = rows.filter('retry_count', retryCount.comparison, retryCount.value);
  if (jobType !== undefined) rows = rows.eq('job_type', jobType);
  if (errorType !== undefined) rows = rows.eq('last_error_type', errorType);
  if (startDate !== undefined) rows = rows.gte(column, startDate);
  if (endDate !== undefined) rows = rows.lt(column, endDate);
  const place = readCursor(filter.cursor);
  // The first condition is for the index; the second leaves out what the pages before showed.
  if (place) rows = rows.lte(column, place.at).or(behind(column, place, false));
  return rows.order(column, { ascending: false }).order('id', { ascending: false })
    .limit(limit + 1);
}
