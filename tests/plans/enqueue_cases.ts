import { enqueue } from '../database/enqueue.ts';
import { OWNER } from '../database/jobs.ts';
import { JOB } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';

const KEY = 'puppet_jobs_idempotency_key_idx';

export const enqueueCases: PlanCase[] = [
  {
    name: 'enqueue_jobs: 100 jobs, half of whose keys are taken',
    async run(sql, watch) {
      await enqueue(sql, withKeys(50));
      await watch(() => enqueue(sql, withKeys(100)));
    },
    indexes: [JOB, KEY],
    buffers: 2400,
  },
];

function withKeys(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, n) => ({
    user_id: OWNER,
    job_type: 'type_0',
    idempotency_key: `key ${n}`,
  }));
}
