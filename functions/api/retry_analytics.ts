import { createRoute, z } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { analyticsSchema } from './schemas/analytics.ts';
import {
  isWindow,
  jobTypeSchema,
  moment,
  NO_WINDOW,
  query,
  wholeNumber,
} from './schemas/parameters.ts';
import { always, withParameters } from './schemas/problem.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

const querySchema = query({
  jobType: jobTypeSchema.optional(),
  days: wholeNumber(1, 3650).optional().openapi({
    description: 'The last so many days, up to now; default 30 where no date is given',
  }),
  startDate: moment.optional().openapi({ description: 'Attempts from then on' }),
  endDate: moment.optional().openapi({ description: 'Attempts before' }),
}).refine(
  ({ days, startDate, endDate }) => days === undefined || (startDate ?? endDate) === undefined,
  { path: ['days'], message: 'cannot stand beside startDate and endDate' },
).refine(isWindow, NO_WINDOW);

const answerSchema = z.object({
  startDate: z.string().nullable().openapi({ description: 'null: from the beginning' }),
  endDate: z.string().nullable().openapi({ description: 'null: up to now' }),
}).extend(analyticsSchema.shape).openapi('RetryAnalytics');

const analyticsRoute = createRoute({
  method: 'get',
  path: '/puppet/retry-analytics',
  operationId: 'getRetryAnalytics',
  tags: ['analytics'],
  summary: 'How retries do, over a window of attempts',
  ...forSignedIn,
  request: { query: querySchema },
  responses: {
    200: {
      description: 'Rates are percent, null of nothing; a user gets what is theirs',
      content: { 'application/json': { schema: answerSchema } },
    },
    ...always,
    ...withParameters,
  },
});

/** Analytics. */
export function retryAnalyticsRoutes() {
  return createRouter()
    .openapi(analyticsRoute, async (c) => {
      return c.json(await analyse(c.var.caller, c.req.valid('query')), 200);
    });
}

async function analyse({ client }: Caller, filter: z.infer<typeof querySchema>) {
  const { jobType } = filter;
  const { startDate, endDate } = windowOf(filter, Date.now());
  const call = client.rpc('get_retry_analytics', {
    ...jobType !== undefined && { p_job_type: jobType },
    ...startDate !== null && { p_start: startDate },
    ...endDate !== null && { p_end: endDate },
  });
  return { startDate, endDate, ...await ask(analyticsSchema, call, 'get_retry_analytics') };
}

function windowOf({ days, startDate, endDate }: z.infer<typeof querySchema>, now: number) {
  if ((startDate ?? endDate) !== undefined) {
    return { startDate: startDate ?? null, endDate: endDate ?? null };
  }
  const start = new Date(now - (days ?? DEFAULT_DAYS) * DAY_MS);
  return { startDate: start.toISOString(), endDate: null };
}
