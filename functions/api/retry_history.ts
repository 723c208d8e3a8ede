import { createRoute, z } from '@hono/zod-openapi';
import { dataOf } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { requireJob } from './jobs.ts';
import { createRouter } from './router.ts';
import { columnsOf, fromRows } from './row.ts';
import { attemptSchema } from './schemas/attempt.ts';
import { behind, cutPage, DEFAULT_LIMIT, pageEnd, paging, readCursor } from './schemas/paging.ts';
import { flag, jobPath, jobTypeSchema, moment, query, wholeNumber } from './schemas/parameters.ts';
import { always, notFound, withParameters } from './schemas/problem.ts';

const pageSchema = z.object({ attempts: z.array(attemptSchema), ...pageEnd }).openapi('Attempts');
const PAGE = { 'application/json': { schema: pageSchema } };

const querySchema = query({
  jobId: z.guid().optional(),
  jobType: jobTypeSchema.optional(),
  success: flag.optional(),
  errorType: z.string().min(1).max(100).optional(),
  decision: z.string().min(1).max(100).optional(),
  attemptNumber: wholeNumber(1, 999_999_999).optional(),
  startDate: moment.optional().openapi({ description: 'Attempted then or later' }),
  endDate: moment.optional().openapi({ description: 'Attempted before' }),
  ...paging,
});

const listRoute = createRoute({
  method: 'get',
  path: '/puppet/retry-history',
  operationId: 'listAttempts',
  tags: ['history'],
  summary: 'Attempts of all jobs, the latest first, page by page',
  ...forSignedIn,
  request: { query: querySchema },
  responses: {
    200: { description: 'A page', content: PAGE },
    ...always,
    ...withParameters,
  },
});

const ofJobRoute = createRoute({
  method: 'get',
  path: '/puppet/jobs/{jobId}/history',
  operationId: 'getJobHistory',
  tags: ['jobs', 'history'],
  summary: 'The attempts of one job, the first one first, page by page',
  ...forSignedIn,
  request: { params: jobPath, query: query(paging) },
  responses: {
    200: { description: 'A page', content: PAGE },
    ...always,
    ...withParameters,
    ...notFound,
  },
});

/** What became of attempts. */
export function retryHistoryRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      return c.json(await listAttempts(c.var.caller, c.req.valid('query')), 200);
    })
    .openapi(ofJobRoute, async (c) => {
      const { jobId } = c.req.valid('param');
      return c.json(await attemptsOfJob(c.var.caller, jobId, c.req.valid('query')), 200);
    });
}

async function listAttempts({ client }: Caller, filter: z.infer<typeof querySchema>) {
  const { jobId, jobType, success, errorType, decision, attemptNumber } = filter;
  const { startDate, endDate, cursor, limit = DEFAULT_LIMIT } = filter;
  let rows = client.from('puppet_job_retry_history').select(columnsOf(attemptSchema));
  if (jobId !== undefined) rows = rows.eq('job_id', jobId);
  if (jobType !== undefined) rows = rows.eq('job_type', jobType);
  if (success !== undefined) rows = rows.eq('success', success);
  if (errorType !== undefined) rows = rows.eq('error_type', errorType);
  if (decision !== undefined) rows = rows.eq('decision', decision);
  if (attemptNumber !== undefined) rows = rows.eq('attempt_number', attemptNumber);
  if (startDate !== undefined) rows = rows.gte('attempted_at', startDate);
  if (endDate !== undefined) rows = rows.lt('attempted_at', endDate);
  const place = readCursor(cursor);
  if (place) rows = rows.lte('attempted_at', place.at).or(behind('attempted_at', place, false));
  const reply = await rows.order('attempted_at', { ascending: false })
    .order('id', { ascending: false }).limit(limit + 1);
  return toPage(dataOf<unknown>(reply, 'puppet_job_retry_history'), limit, 'attemptedAt');
}

async function attemptsOfJob(
  caller: Caller,
  jobId: string,
  { cursor, limit = DEFAULT_LIMIT }: { cursor?: string | undefined; limit?: number | undefined },
) {
  const place = readCursor(cursor);
  let rows = caller.client.from('puppet_job_retry_history').select(columnsOf(attemptSchema))
    .eq('job_id', jobId);
  if (place) rows = rows.gte('attempt_number', place.at).or(behind('attempt_number', place, true));
  const reply = await rows.order('attempt_number').order('id').limit(limit + 1);
  const page = toPage(dataOf<unknown>(reply, 'puppet_job_retry_history'), limit, 'attemptNumber');
  if (page.attempts.length === 0) await requireJob(caller, jobId);
  return page;
}

function toPage(found: unknown, limit: number, sortedBy: 'attemptedAt' | 'attemptNumber') {
  const { rows, nextCursor } = cutPage(
    fromRows(attemptSchema, found),
    limit,
    (attempt) => ({ at: String(attempt[sortedBy]), id: attempt.id }),
  );
  return { attempts: rows, nextCursor };
}
