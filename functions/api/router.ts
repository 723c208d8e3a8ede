import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from './api_env.ts';
import { problem } from './problem.ts';
import { refuseInvalid } from './request_problems.ts';
import { query } from './schemas/parameters.ts';

const noQuery = query({});

/**
 * A router for one resource, whose inputs are checked by the schemas of its routes. What no schema
 * checks is refused too: parameters of a route that has none, and no body where one is required.
 */
export function createRouter(): OpenAPIHono<ApiEnv> {
  const router = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
  router.openapi = new Proxy(router.openapi, {
    apply: (add, self, [route, ...rest]) => Reflect.apply(add, self, [withChecks(route), ...rest]),
  });
  return router;
}

function withChecks(route: RouteConfig): RouteConfig {
  const middleware = [route.middleware ?? []].flat();
  if (!route.request?.query) middleware.push(refuseParameters);
  if (route.request?.body?.required) middleware.push(refuseNoBody);
  return { ...route, middleware };
}

const refuseParameters: MiddlewareHandler = async (c, next) => {
  refuseInvalid({ ...noQuery.safeParse(c.req.query()), target: 'query' });
  await next();
};

/** The validator takes a request without a content type for an empty object. */
const refuseNoBody: MiddlewareHandler = async (c, next) => {
  if (await c.req.text() === '') {
    throw problem(
      'invalid_request',
      'Send a JSON object as the body; /openapi.json has its fields.',
      {
        errors: [{ field: 'body', message: 'is missing' }],
      },
    );
  }
  await next();
};
