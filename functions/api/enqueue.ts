import { createRoute, z } from '@hono/zod-openapi';
import { snakeKeys } from '../../shared/case_names.ts';
import { ask, read } from '../../shared/database_reply.ts';
import { PuppetRetryError } from '../../shared/errors.ts';
import { HttpProblem } from '../../shared/http_problem.ts';
import { forSignedIn, largeBody, smallBody } from './access.ts';
import type { Caller } from './api_env.ts';
import { databaseProblem } from './database_problem.ts';
import { problem } from './problem.ts';
import { createRouter } from './router.ts';
import { fromRows } from './row.ts';
import { closedObject } from './schemas/closed_object.ts';
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

const batchSchema = closedObject({ jobs: z.array(newJobSchema).min(1).max(1000) });

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

/** Nobody but the service sends jobs of others, so nobody else can leave the owner open. */
function requireOwners({ isService }: Caller, jobs: NewJob[]): void {
  const place = isService ? jobs.findIndex(({ userId }) => userId === undefined) : -1;
  if (place < 0) return;
  throw problem('invalid_input', 'Name the owner in userId: the secret key belongs to no user.', {
    errors: [{ field: `jobs.${place}.userId`, message: 'is missing; the service must send it' }],
  });
}

async function enqueueOne(caller: Caller, job: NewJob) {
  const [answer] = await enqueue(caller, [job]).catch(tellOfOneJob);
  return read(enqueuedSchema, answer, 'enqueue_jobs');
}

/** The caller sent no list, so nothing is said of `job 1`, and no field is one of `jobs.0`. */
function tellOfOneJob(error: unknown): never {
  const known = error instanceof PuppetRetryError ? databaseProblem(error) : error;
  if (!(known instanceof HttpProblem)) throw error;
  const { errors, ...told } = known.problem;
  const detail = told.detail.replace('jobs: job 1:', 'the job:').replace('that job', 'it')
    .replace('send the batch', 'send it');
  const fields = errors?.map((one) => ({
    ...one,
    field: one.field.replace(/^jobs\.0\.?/, '') || 'body',
  }));
  throw new HttpProblem({ ...told, detail, ...fields && { errors: fields } }, known.headers);
}

async function enqueue(caller: Caller, jobs: NewJob[]) {
  requireOwners(caller, jobs);
  const call = caller.client.rpc('enqueue_jobs', { p_jobs: jobs.map((job) => snakeKeys(job)) });
  return fromRows(enqueuedSchema, await ask(z.unknown(), call, 'enqueue_jobs'));
}
