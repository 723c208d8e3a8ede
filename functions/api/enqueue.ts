import { createRoute, z } from '@hono/zod-openapi';
import { ask, read } from '../../shared/database_reply.ts';
import { PuppetRetryError } from '../../shared/errors.ts';
import { HttpProblem } from '../../shared/http_problem.ts';
import { forSignedIn, largeBody, smallBody } from './access.ts';
import type { Caller } from './api_env.ts';
import { databaseProblem } from './database_problem.ts';
import { createRouter } from './router.ts';
import { fromRows, toRow } from './row.ts';
import { enqueuedSchema, newJobSchema } from './schemas/new_job.ts';
import { always, withBody } from './schemas/problem.ts';

const ONE = { 'application/json': { schema: enqueuedSchema } };
const MANY = { 'application/json': { schema: z.object({ jobs: z.array(enqueuedSchema) }) } };

const oneRoute = createRoute({
  method: 'post',
  path: '/puppet/jobs',
  operationId: 'enqueueJob',
  tags: ['jobs'],
  summary: 'Enqueue a job',
  security: forSignedIn.security,
  middleware: [forSignedIn.middleware, smallBody],
  request: { body: { required: true, content: { 'application/json': { schema: newJobSchema } } } },
  responses: {
    201: { description: 'Enqueued', content: ONE },
    200: { description: 'The idempotency key had a job already: this one', content: ONE },
    ...always,
    ...withBody,
  },
});

const batchSchema = z.strictObject({ jobs: z.array(newJobSchema).min(1).max(1000) });

const batchRoute = createRoute({
  method: 'post',
  path: '/puppet/jobs/batch',
  operationId: 'enqueueJobs',
  tags: ['jobs'],
  summary: 'Enqueue 1 to 1,000 jobs, all or none',
  security: forSignedIn.security,
  middleware: [forSignedIn.middleware, largeBody],
  request: { body: { required: true, content: { 'application/json': { schema: batchSchema } } } },
  responses: {
    201: { description: 'Enqueued, in the order given', content: MANY },
    ...always,
    ...withBody,
  },
});

type NewJob = z.infer<typeof newJobSchema>;

/** Enqueuing. */
export function enqueueRoutes() {
  return createRouter()
    .openapi(oneRoute, async (c) => {
      const job = await enqueueOne(c.var.caller, c.req.valid('json'));
      c.header('location', `jobs/${job.jobId}`);
      return c.json(job, job.created ? 201 : 200);
    })
    .openapi(batchRoute, async (c) => {
      return c.json({ jobs: await enqueue(c.var.caller, c.req.valid('json').jobs) }, 201);
    });
}

async function enqueueOne(caller: Caller, job: NewJob) {
  const [answer] = await enqueue(caller, [job]).catch(tellOfOneJob);
  return read(enqueuedSchema, answer, 'enqueue_jobs');
}

/** The caller sent no list, so a field at fault is not one of `jobs.0`. */
function tellOfOneJob(error: unknown): never {
  const known = error instanceof PuppetRetryError ? databaseProblem(error) : undefined;
  if (!known) throw error;
  const errors = known.problem.errors?.map(({ field, message }) => ({
    field: field.replace('jobs.0.', ''),
    message,
  }));
  throw errors ? new HttpProblem({ ...known.problem, errors }, known.headers) : known;
}

async function enqueue({ client }: Caller, jobs: NewJob[]) {
  const call = client.rpc('enqueue_jobs', { p_jobs: jobs.map((job) => toRow(job)) });
  return fromRows(enqueuedSchema, await ask(z.unknown(), call, 'enqueue_jobs'));
}
