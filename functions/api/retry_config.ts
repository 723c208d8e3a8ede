import { forAdmins, forService } from './access.ts';
import { deletePolicy, listPolicies, putPolicy, readPolicy, updatePolicy } from './policies.ts';
import { createRouter } from './router.ts';
import { createRoute, z } from '@hono/zod-openapi';
import { smallBody } from './access.ts';
import {
  policyChangesSchema,
  policyPath,
  policySchema,
  policyTermsSchema,
} from './schemas/policy.ts';
import { always, conflict, notFound, withBody, withParameters } from './schemas/problem.ts';

const ONE = { 'application/json': { schema: policySchema } };
const ALL = { 'application/json': { schema: z.object({ policies: z.array(policySchema) }) } };
const PATH = '/puppet/retry-config/{jobType}';
const tags = ['policies'];

const listRoute = createRoute({
  method: 'get',
  path: '/puppet/retry-config',
  operationId: 'listPolicies',
  tags,
  summary: 'All policies, by job type',
  ...forAdmins,
  responses: { 200: { description: 'The policies', content: ALL }, ...always },
});

const readRoute = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'getPolicy',
  tags,
  summary: 'The policy of one job type',
  ...forAdmins,
  request: { params: policyPath },
  responses: {
    200: { description: 'The policy', content: ONE },
    ...always,
    ...withParameters,
    ...notFound,
  },
});

const putRoute = createRoute({
  method: 'put',
  path: PATH,
  operationId: 'putPolicy',
  tags,
  summary: 'Create a policy, or replace it: what is left out gets its default',
  security: forService.security,
  middleware: [forService.middleware, smallBody],
  request: {
    params: policyPath,
    body: { required: true, content: { 'application/json': { schema: policyTermsSchema } } },
  },
  responses: {
    200: { description: 'Replaced', content: ONE },
    201: { description: 'Created', content: ONE },
    ...always,
    ...withBody,
  },
});

const patchRoute = createRoute({
  method: 'patch',
  path: PATH,
  operationId: 'updatePolicy',
  tags,
  summary: 'Change a policy; the next failure follows it',
  security: forService.security,
  middleware: [forService.middleware, smallBody],
  request: {
    params: policyPath,
    body: { required: true, content: { 'application/json': { schema: policyChangesSchema } } },
  },
  responses: {
    200: { description: 'The policy as it is now', content: ONE },
    ...always,
    ...withBody,
    ...notFound,
  },
});

const deleteRoute = createRoute({
  method: 'delete',
  path: PATH,
  operationId: 'deletePolicy',
  tags,
  summary: 'Delete a policy: its type then follows the policy default',
  ...forService,
  request: { params: policyPath },
  responses: {
    204: { description: 'Deleted' },
    ...always,
    ...withParameters,
    ...notFound,
    ...conflict,
  },
});

/** Policies. */
export function retryConfigRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      return c.json({ policies: await listPolicies(c.var.caller) }, 200);
    })
    .openapi(readRoute, async (c) => {
      return c.json(await readPolicy(c.var.caller, c.req.valid('param').jobType), 200);
    })
    .openapi(putRoute, async (c) => {
      const { jobType } = c.req.valid('param');
      const { policy, created } = await putPolicy(c.var.caller, jobType, c.req.valid('json'));
      return c.json(policy, created ? 201 : 200);
    })
    .openapi(patchRoute, async (c) => {
      const { jobType } = c.req.valid('param');
      return c.json(await updatePolicy(c.var.caller, jobType, c.req.valid('json')), 200);
    })
    .openapi(deleteRoute, async (c) => {
      await deletePolicy(c.var.caller, c.req.valid('param').jobType);
      return c.body(null, 204);
    });
}
