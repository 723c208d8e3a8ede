import { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from './api_env.ts';
import { refuseInvalid } from './request_problems.ts';

/** A router for one resource, whose inputs are checked by the schemas of its routes. */
export function createRouter(): OpenAPIHono<ApiEnv> {
  return new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
}
