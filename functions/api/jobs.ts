import { createRoute, z } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forSignedIn } from './access.ts';
import type { Caller } from './api_env.ts';
import { problem } from './problem.ts';
import { createRouter } from './router.ts';
import { askRow, columnsOf, fromRow } from './row.ts';
import { delaySchema, explanationSchema } from './schemas/explanation.ts';
import { jobSchema } from './schemas/job.ts';
import { jobPath } from './schemas/parameters.ts';
import { always, notFound, withParameters } from './schemas/problem.ts';

const readRoute = createRoute({
  method: 'get',
  path: '/puppet/jobs/{jobId}',
  operationId: 'getJob',
  tags: ['jobs'],
  summary: 'One job',
  ...forSignedIn,
  request: { params: jobPath },
  responses: {
    200: { description: 'The job', content: { 'application/json': { schema: jobSchema } } },
    ...always,
    ...withParameters,
    ...notFound,
  },
});

const explainRoute = createRoute({
  method: 'get',
  path: '/puppet/jobs/{jobId}/explain',
  operationId: 'explainJob',
  tags: ['jobs'],
  summary: 'Why a job runs or does not, rule by rule',
  ...forSignedIn,
  request: { params: jobPath },
  responses: {
    200: {
      description: 'The rules in the order in which they decide',
      content: { 'application/json': { schema: explanationSchema } },
    },
    ...always,
    ...withParameters,
    ...notFound,
  },
});

/** The explanation while its delay still has the database's names. */
const looseSchema = explanationSchema.extend({ delay: z.unknown() });

/** Reading single jobs. */
export function jobRoutes() {
  return createRouter()
    .openapi(readRoute, async (c) => {
      return c.json(await readJob(c.var.caller, c.req.valid('param').jobId), 200);
    })
    .openapi(explainRoute, async (c) => {
      return c.json(await explainJob(c.var.caller, c.req.valid('param').jobId), 200);
    });
}

async function readJob({ client }: Caller, jobId: string) {
  const call = client.from('puppet_jobs').select(columnsOf(jobSchema)).eq('id', jobId);
  const row = await askRow(call, 'puppet_jobs');
  if (row === undefined) throw jobNotFound();
  return fromRow(jobSchema, row);
}

async function explainJob({ client }: Caller, jobId: string) {
  const call = client.rpc('explain_job', { p_job_id: jobId });
  const told = fromRow(looseSchema, await ask(z.unknown(), call, 'explain_job'));
  return { ...told, delay: told.delay === null ? null : fromRow(delaySchema, told.delay) };
}

/** Throws HttpProblem 404 for a job that does not exist, or is not the caller's. */
export async function requireJob({ client }: Caller, jobId: string): Promise<void> {
  const call = client.from('puppet_jobs').select('id').eq('id', jobId);
  if (await askRow(call, 'puppet_jobs') === undefined) throw jobNotFound();
}

function jobNotFound() {
  return problem('job_not_found', "Check the id; another user's job is not shown.");
}
