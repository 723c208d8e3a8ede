import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { type HttpProblem, problemResponse } from '../../shared/http_problem.ts';
import type { ApiEnv, ApiOptions } from './api_env.ts';
import { bulkRetryRoutes } from './bulk_retry.ts';
import { enqueueRoutes } from './enqueue.ts';
import { failedJobRoutes } from './failed_jobs.ts';
import { healthRoutes } from './health.ts';
import { jobRoutes } from './jobs.ts';
import { manualRoutes } from './manual.ts';
import { metricsRoutes } from './metrics.ts';
import { serveDocument } from './openapi.ts';
import { problem } from './problem.ts';
import { queueRoutes } from './queue.ts';
import { requestLog } from './request_log.ts';
import { refuseInvalid, toResponse } from './request_problems.ts';
import { retryAnalyticsRoutes } from './retry_analytics.ts';
import { retryConfigRoutes } from './retry_config.ts';
import { retryHistoryRoutes } from './retry_history.ts';

/** The types of all routes, for `hc<Api>()` of `hono/client`. */
export type Api = ReturnType<typeof createApi>;

/** The API's HTTP side: who may ask what, and how they are answered. */
export function createApi(options: ApiOptions) {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid }).basePath('/api');
  // An id of the caller's would be a text of theirs in our log.
  app.use(requestId({ headerName: '' }), async (c, next) => {
    c.set('api', options);
    c.header('x-request-id', c.var.requestId);
    await next();
  });
  app.use(requestLog, browserAccess(options), methodNotAllowed({ app, onMethodNotAllowed }));
  app.use(throwErrors);
  app.onError((error, c) => toResponse(error, c, options.logger));
  app.notFound(() => answer(problem('not_found', 'See /api/openapi.json for what there is.')));
  serveDocument(app);
  return app
    .route('/', jobRoutes())
    .route('/', enqueueRoutes())
    .route('/', manualRoutes())
    .route('/', bulkRetryRoutes())
    .route('/', failedJobRoutes())
    .route('/', retryHistoryRoutes())
    .route('/', retryAnalyticsRoutes())
    .route('/', retryConfigRoutes())
    .route('/', queueRoutes())
    .route('/', healthRoutes())
    .route('/', metricsRoutes());
}

/** Hono hands nothing but errors to its exit. */
const throwErrors: MiddlewareHandler = async (_, next) => {
  try {
    await next();
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
    throw new Error('something else than an error was thrown', { cause: thrown });
  }
};

function onMethodNotAllowed(_: unknown, methods: string[]): Response {
  const allow = methods.join(', ');
  return answer(problem('method_not_allowed', `Use one of ${allow}.`, { headers: { allow } }));
}

function answer(told: HttpProblem): Response {
  return problemResponse(told.problem, told.headers);
}

/** Browsers may call from the origins allowed; there are no cookies that they could carry along. */
function browserAccess({ corsOrigins }: ApiOptions) {
  return cors({
    origin(origin) {
      const allowed = corsOrigins().split(',').map((one) => one.trim());
      if (allowed.includes('*')) return '*';
      return allowed.includes(origin) ? origin : null;
    },
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: [
      'authorization',
      'apikey',
      'content-type',
      'idempotency-key',
      'x-client-info',
      'x-region',
    ],
    exposeHeaders: ['location', 'x-request-id', 'idempotency-replayed', 'retry-after', 'allow'],
    maxAge: 86_400,
  });
}
