import { createRoute, z } from '@hono/zod-openapi';
import { forService } from './access.ts';
import type { Caller } from './api_env.ts';
import { readHealth } from './health.ts';
import { type Metric, writeMetrics } from './prometheus.ts';
import { readQueue } from './queue.ts';
import { createRouter } from './router.ts';
import { always } from './schemas/problem.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const metricsRoute = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  tags: ['operations'],
  summary: 'The queue and the health as Prometheus reads them',
  ...forService,
  responses: {
    200: {
      description: 'Gauges, in the text format',
      content: { 'text/plain': { schema: z.string() } },
    },
    ...always,
  },
});

/** Metrics. */
export function metricsRoutes() {
  return createRouter()
    .openapi(metricsRoute, async (c) => {
      const metrics = writeMetrics(await readMetrics(c.var.caller, Date.now()));
      return c.text(metrics, 200, { 'content-type': CONTENT_TYPE });
    });
}

async function readMetrics(caller: Caller, now: number): Promise<Metric[]> {
  const [queue, health] = await Promise.all([readQueue(caller), readHealth(caller)]);
  const perType = (value: (type: (typeof queue.jobTypes)[number]) => number) =>
    queue.jobTypes.map((type) => ({ labels: { job_type: type.jobType }, value: value(type) }));
  const counted = `at most 100 job types, each counted up to ${queue.countedUpTo + 1}`;
  return [
    {
      name: 'puppet_jobs_waiting',
      help: `Jobs that wait, due or not; ${counted}.`,
      samples: perType(({ waiting }) => waiting),
    },
    {
      name: 'puppet_jobs_due',
      help: `Jobs that are due now; ${counted}.`,
      samples: perType(({ due }) => due),
    },
    {
      name: 'puppet_jobs_running',
      help: `Jobs that an executor holds; ${counted}, or fewer where more than 10000 run in all.`,
      samples: perType(({ running }) => running),
    },
    {
      name: 'puppet_oldest_due_age_seconds',
      help: 'For how long the longest overdue job is due; 0 where none is.',
      samples: perType(({ oldestDueAt }) => secondsSince(oldestDueAt, now)),
    },
    {
      name: 'puppet_job_type_handled',
      help: '1 where somebody can run the type.',
      samples: perType(({ handled }) => Number(handled)),
    },
    {
      name: 'puppet_health_check_ok',
      help: '1 where the check of /health/details is ok.',
      samples: health.checks.map(({ name, ok }) => ({
        labels: { check: name },
        value: Number(ok),
      })),
    },
  ];
}

function secondsSince(moment: string | null, now: number): number {
  return moment === null ? 0 : Math.max(0, (now - Date.parse(moment)) / 1000);
}
