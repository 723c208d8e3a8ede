import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { ApiEnv } from './api_env.ts';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * One line per request: method, route pattern, status, ms, request id. Nothing that the caller
 * chose freely is in it, so that no payload, key, token or query can be.
 */
export const requestLog: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const start = performance.now();
  await next();
  c.var.api.logger.info('request', {
    method: METHODS.has(c.req.method) ? c.req.method : 'other',
    route: patternOf(routePath(c, -1)),
    status: c.res.status,
    ms: Math.round(performance.now() - start),
    request_id: c.var.requestId,
  });
};

/** The pattern of the last route that matched; the middleware's own where none did. */
function patternOf(path: string): string {
  return path.includes('*') ? 'none' : path;
}
