import { createRoute, z } from '@hono/zod-openapi';
import { ask, rowsOf, send } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { requireJob } from './jobs.ts';
import { createRouter } from './router.ts';
import { columnsOf, fromRows } from './row.ts';
import { attemptSchema } from './schemas/attempt.ts';
import {
  behind,
  cursorAfter,
  DEFAULT_LIMIT,
  nextSchema,
  pageArguments,
  pageEnd,
  paging,
  readCursor,
  writeCursor,
} from './schemas/paging.ts';
import {
  flag,
  isWindow,
  jobPath,
  jobTypeSchema,
  moment,
  NO_WINDOW,
  query,
  wholeNumber,
} from './schemas/parameters.ts';
import { always, notFound, withParameters } from './schemas/problem.ts';
import { storableText } from './schemas/storable.ts';

const pageSchema = z.object({ attempts: z.array(attemptSchema), ...pageEnd }).openapi('Attempts');
const foundSchema = z.object({ attempts: z.array(z.unknown()), next: nextSchema });
const PAGE = { 'application/json': { schema: pageSchema } };

const HISTORY = 'puppet_job_retry_history';
/** The lists that cursors belong to. */
const ALL = 'attempts';
const OF_JOB = 'history';

const querySchema = query({
  jobId: z.guid().optional(),
  jobType: jobTypeSchema.optional(),
  success: flag.optional(),
  errorType: storableText(100).optional(),
  decision: storableText(100).optional(),
  attemptNumber: wholeNumber(1, 999_999_999).optional(),
  startDate: moment.optional().openapi({ description: 'Attempted then or later' }),
  endDate: moment.optional().openapi({ description: 'Attempted before' }),
  ...paging,
}).refine(isWindow, NO_WINDOW);

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
  const call = client.rpc('list_attempts', {
    ...(jobId !== undefined && { p_job_id: jobId }),
    ...(jobType !== undefined && { p_job_type: jobType }),
    ...(success !== undefined && { p_success: success }),
    ...(errorType !== undefined && { p_error_type: errorType }),
    ...(decision !== undefined && { p_decision: decision }),
    ...(attemptNumber !== undefined && { p_attempt_number: attemptNumber }),
    ...(startDate !== undefined && { p_start: startDate }),
    ...(endDate !== undefined && { p_end: endDate }),
    ...pageArguments(ALL, cursor, limit),
  });
  const { attempts, next } = await ask(foundSchema, call, 'list_attempts');
  return {
    attempts: fromRows(attemptSchema, attempts),
    nextCursor: next && writeCursor(ALL, next),
  };
}

async function attemptsOfJob(
  caller: Caller,
  jobId: string,
  { cursor, limit = DEFAULT_LIMIT }: { cursor?: string | undefined; limit?: number | undefined },
) {
  const place = readCursor(OF_JOB, cursor);
  let rows = caller.client.from(HISTORY).select(columnsOf(attemptSchema), { count: 'exact' })
    .eq('job_id', jobId);
  if (place) rows = rows.gte('attempt_number', place.at).or(behind('attempt_number', place, true));
  const reply = await send(rows.order('attempt_number').order('id').limit(limit));
  const { rows: found, total } = rowsOf(z.unknown(), reply, HISTORY);
  const attempts = fromRows(attemptSchema, found);
  if (attempts.length === 0) await requireJob(caller, jobId);
  const placeOf = ({ attemptNumber, id }: z.infer<typeof attemptSchema>) => ({
    at: String(attemptNumber),
    id,
  });
  return { attempts, nextCursor: cursorAfter(OF_JOB, attempts, total, placeOf) };
}
