import { claim } from '../database/jobs.ts';
import { rescue } from '../database/lifecycle.ts';
import { tick } from '../database/ticks.ts';
import { BUSY, DUE, handle, IDLE, JOB, QUIET, ROW } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';
import { expire } from './settle_cases.ts';

const LEASE_END = 'puppet_jobs_lease_end_idx';
const DEADLINE = 'puppet_jobs_deadline_idx';

export const tickCases: PlanCase[] = [
  {
    name: 'rescue_expired_jobs: no lease has run out',
    async run(sql, watch) {
      await claim(sql, { limit: 100, types: BUSY });
      await watch(() => rescue(sql));
    },
    indexes: [LEASE_END],
    buffers: 30,
  },
  {
    name: 'rescue_expired_jobs: 10 of 100 leases have run out',
    async run(sql, watch) {
      await claim(sql, { limit: 10, types: BUSY });
      await expire(sql);
      await claim(sql, { limit: 90, types: BUSY });
      await watch(() => rescue(sql));
    },
    indexes: [LEASE_END, JOB, ROW],
    buffers: 720,
  },
  {
    name: 'tick_retry_processor: nothing is due',
    async run(sql, watch) {
      await handle(sql, QUIET);
      await watch(() => tick(sql));
    },
    indexes: [LEASE_END, DEADLINE, DUE],
    buffers: 350,
  },
  {
    name: 'tick_retry_processor: nothing waits of 20 types',
    async run(sql, watch) {
      await handle(sql, IDLE);
      await watch(() => tick(sql));
    },
    indexes: [LEASE_END, DEADLINE, DUE],
    buffers: 110,
  },
];
