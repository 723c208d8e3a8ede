import { createRoute, z } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forSignedIn, smallBody } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { fromRow } from './row.ts';
import { closedObject } from './schemas/closed_object.ts';
import { jobStateSchema } from './schemas/job.ts';
import { jobConfigSchema } from './schemas/job_config.ts';
import { jobPath } from './schemas/parameters.ts';
import { always, conflict, notFound, withBody } from './schemas/problem.ts';
import { storableMoment, storableText } from './schemas/storable.ts';

const retrySchema = closedObject({
  reason: storableText(200).default('manual_retry'),
  errorType: storableText(100).default('manual_intervention'),
  runAt: storableMoment.optional().openapi({ description: 'Default: now' }),
  jobConfig: jobConfigSchema.optional().openapi({ description: "Instead of the job's own" }),
  deadlineAt: storableMoment.optional().openapi({
    description: "Instead of the job's own; needed where that has passed",
  }),
});

const keySchema = z.object({
  'Idempotency-Key': storableText(255).optional().openapi({
    description: 'The same request with the same key, within 24 hours, is done once',
  }),
});

const STATE = { 'application/json': { schema: jobStateSchema } };

const retryRoute = createRoute({
  method: 'post',
  path: '/puppet/jobs/{jobId}/retry',
  operationId: 'retryJob',
  tags: ['jobs'],
  summary: 'Retry an ended job with a fresh budget, or a queued one sooner',
  security: forSignedIn.security,
  middleware: [forSignedIn.middleware, smallBody],
  request: {
    params: jobPath,
    headers: keySchema,
    body: { content: { 'application/json': { schema: retrySchema } } },
  },
  responses: {
    200: { description: 'Where the job is now', content: STATE },
    ...always,
    ...withBody,
    ...notFound,
    ...conflict,
  },
});

const cancelSchema = closedObject({ reason: storableText(1000).optional() });

const cancelRoute = createRoute({
  method: 'post',
  path: '/puppet/jobs/{jobId}/cancel',
  operationId: 'cancelJob',
  tags: ['jobs'],
  summary: 'Cancel a waiting job, or ask a running one to stop',
  security: forSignedIn.security,
  middleware: [forSignedIn.middleware, smallBody],
  request: {
    params: jobPath,
    body: { content: { 'application/json': { schema: cancelSchema } } },
  },
  responses: {
    200: { description: 'Where the job is now', content: STATE },
    ...always,
    ...withBody,
    ...notFound,
    ...conflict,
  },
});

/** What people do with single jobs. */
export function manualRoutes() {
  return createRouter()
    .openapi(retryRoute, async (c) => {
      const request = { jobId: c.req.valid('param').jobId, ...c.req.valid('json') };
      const key = c.req.valid('header')['Idempotency-Key'];
      if (key === undefined) return c.json(await retry(c.var.caller, request), 200);
      const { replayed, job } = await retryOnce(c.var.caller, request, key);
      c.header('idempotency-replayed', String(replayed));
      return c.json(job, 200);
    })
    .openapi(cancelRoute, async (c) => {
      const { jobId } = c.req.valid('param');
      return c.json(await cancel(c.var.caller, jobId, c.req.valid('json').reason), 200);
    });
}

type Retry = z.infer<typeof retrySchema> & { jobId: string };

async function retry({ client }: Caller, request: Retry) {
  const call = client.rpc('retry_job', retryArguments(request));
  return fromRow(jobStateSchema, await ask(z.unknown(), call, 'retry_job'));
}

async function retryOnce({ client }: Caller, request: Retry, key: string) {
  const call = client.rpc('retry_job_once', {
    p_idempotency_key: key,
    ...retryArguments(request),
  });
  const answerSchema = z.object({ replayed: z.boolean(), job: z.unknown() });
  const { replayed, job } = await ask(answerSchema, call, 'retry_job_once');
  return { replayed, job: fromRow(jobStateSchema, job) };
}

function retryArguments({ jobId, reason, errorType, runAt, jobConfig, deadlineAt }: Retry) {
  return {
    p_job_id: jobId,
    p_reason: reason,
    p_error_type: errorType,
    ...runAt !== undefined && { p_run_at: runAt },
    ...jobConfig && { p_job_config: jobConfig },
    ...deadlineAt !== undefined && { p_deadline_at: deadlineAt },
  };
}

async function cancel({ client }: Caller, jobId: string, reason = '') {
  const call = client.rpc('cancel_job', { p_job_id: jobId, p_reason: reason });
  return fromRow(jobStateSchema, await ask(z.unknown(), call, 'cancel_job'));
}
