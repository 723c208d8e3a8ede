import { createRoute, z } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forService } from './access.ts';
import type { ApiOptions, Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { always, badRequest } from './schemas/problem.ts';

/** How long the database may take to answer an open health request, in ms. */
const PATIENCE_MS = 3000;

const healthSchema = z.object({ ok: z.boolean() }).openapi('Health');
const HEALTH = { 'application/json': { schema: healthSchema } };

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  tags: ['operations'],
  summary: 'Whether the API and its database answer; open to everybody',
  security: [],
  responses: {
    200: { description: 'ok', content: HEALTH },
    503: { description: 'not ok, or not configured', content: HEALTH },
    ...badRequest,
  },
});

const detailsSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({
    name: z.string(),
    ok: z.boolean(),
    text: z.string(),
    advice: z.string().nullable().openapi({ description: 'What to do; null where ok' }),
  })),
}).openapi('HealthDetails');

const detailsRoute = createRoute({
  method: 'get',
  path: '/health/details',
  operationId: 'getHealthDetails',
  tags: ['operations'],
  summary: 'What keeps jobs from running, and what to do about it',
  ...forService,
  responses: {
    200: { description: 'The checks', content: { 'application/json': { schema: detailsSchema } } },
    ...always,
  },
});

/** Health. */
export function healthRoutes() {
  return createRouter()
    .openapi(healthRoute, async (c) => {
      const ok = await answers(c.var.api);
      return ok ? c.json({ ok }, 200) : c.json({ ok }, 503);
    })
    .openapi(detailsRoute, async (c) => c.json(await readHealth(c.var.caller), 200));
}

/** The health of the whole, check by check. */
export async function readHealth({ client }: Caller) {
  return await ask(detailsSchema, client.rpc('get_health_details'), 'get_health_details');
}

async function answers({ serviceClient, logger }: ApiOptions): Promise<boolean> {
  const error = await ping(serviceClient).catch((thrown: unknown) => thrown);
  if (!error) return true;
  const code = typeof error === 'object' && 'code' in error ? String(error.code) : 'unknown';
  logger.warn('the database does not answer', { code });
  return false;
}

/** The database's error, null for none; throws PuppetRetryError `not_configured`. */
async function ping(serviceClient: ApiOptions['serviceClient']): Promise<unknown> {
  const { error } = await serviceClient().from('puppet_handled_types').select('job_type').limit(1)
    .abortSignal(AbortSignal.timeout(PATIENCE_MS));
  return error;
}
