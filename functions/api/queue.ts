import { createRoute } from '@hono/zod-openapi';
import { ask } from '../../shared/database_reply.ts';
import { forService } from './access.ts';
import type { Caller } from './api_env.ts';
import { createRouter } from './router.ts';
import { always } from './schemas/problem.ts';
import { queueSchema, queueStateSchema } from './schemas/queue.ts';

/** Where the counts in all stop. */
const COUNTED_IN_ALL = 10_000;

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

/**
 * The queue in numbers: each type's counted up to one more than `countedUpTo`, in all up to 10,001.
 * Where so many run in all, not all were looked at, and each type may have more.
 */
export async function readQueue({ client }: Caller) {
  return await ask(queueStateSchema, client.rpc('get_queue_state'), 'get_queue_state');
}

type Queue = Awaited<ReturnType<typeof readQueue>>;
type Counts = Pick<Queue, 'waiting' | 'due' | 'running'>;

function inWords(queue: Queue) {
  const { countedUpTo, moreJobTypes, jobTypes } = queue;
  /** A sum is a lower bound where a part of it was not counted out. */
  const total = (count: keyof Counts) => {
    const open = moreJobTypes || jobTypes.some((type) => type[count] > countedUpTo);
    if (queue[count] > COUNTED_IN_ALL) return atLeast(COUNTED_IN_ALL);
    return open ? atLeast(queue[count]) : queue[count];
  };
  return {
    ...queue,
    waiting: total('waiting'),
    due: total('due'),
    // Counted apart from the types.
    running: depth(queue.running, COUNTED_IN_ALL),
    jobTypes: jobTypes.map((type) => ({
      ...type,
      waiting: depth(type.waiting, countedUpTo),
      due: depth(type.due, countedUpTo),
      running: queue.running > COUNTED_IN_ALL
        ? atLeast(Math.min(type.running, countedUpTo))
        : depth(type.running, countedUpTo),
    })),
  };
}

function depth(count: number, most: number): number | string {
  return count > most ? atLeast(most) : count;
}

/** As in `5,000+`. */
function atLeast(count: number): string {
  return `${count.toLocaleString('en-US')}+`;
}
