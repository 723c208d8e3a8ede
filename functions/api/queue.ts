import { createRoute } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forService } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { always } from './schemas/problem.ts';
import { queueSchema, queueStateSchema } from './schemas/queue.ts';

const queueRoute = createRoute({
  method: 'get',
  path: '/puppet/queue',
  operationId: 'getQueue',
  tags: ['operations'],
  summary: 'What waits, is due and runs, in all and per job type',
  ...forService,
  responses: {
    200: { description: 'The queue', content: { 'application/json': { schema: queueSchema } } },
    ...always,
  },
});

/** The queue. */
export function queueRoutes() {
  return createRouter()
    .openapi(queueRoute, async (c) => c.json(inWords(await readQueue(c.var.caller)), 200));
}

/** The queue in numbers, each counted up to 10,001. */
export async function readQueue({ client }: Caller) {
  return await ask(queueStateSchema, client.rpc('get_queue_state'), 'get_queue_state');
}

function inWords(queue: Awaited<ReturnType<typeof readQueue>>) {
  return { ...depths(queue), jobTypes: queue.jobTypes.map(depths) };
}

function depths<Counts extends { waiting: number; due: number; running: number }>(counts: Counts) {
  const { waiting, due, running } = counts;
  return { ...counts, waiting: depth(waiting), due: depth(due), running: depth(running) };
}

function depth(count: number): number | '10,000+' {
  return count > 10_000 ? '10,000+' : count;
}
