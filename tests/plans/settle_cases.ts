import type { Sql } from '../database/database.ts';
import { claim, settle } from '../database/jobs.ts';
import { extend, outcome } from '../database/lifecycle.ts';
import { BUSY, DUE, JOB, ROW } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';

export const ATTEMPT = 'puppet_job_retry_history_attempt_idx';

export const settleCases: PlanCase[] = [
  settleCase('one job that fails', 1, failed, 60),
  settleCase('10 jobs that fail', 10, failed, 500),
  settleCase('100 jobs that fail', 100, failed, 4900),
  settleCase('100 jobs that succeed', 100, () => ['completed'], 4900),
  {
    name: 'settle_and_claim_jobs: 10 jobs that fail for 10 others',
    async run(sql, watch) {
      const outcomes = await claimed(sql, 10, failed);
      await watch(() =>
        sql`
        select settle_and_claim_jobs(
          'executor', ${JSON.stringify(outcomes)}::text::jsonb, 10, ${BUSY}::text[])
      `
      );
    },
    indexes: [ATTEMPT, DUE, JOB, ROW],
    buffers: 1100,
  },
  {
    name: 'extend_job_leases: 10 of 100 jobs that run',
    async run(sql, watch) {
      const jobs = await claim(sql, { limit: 100, types: BUSY });
      await watch(() => extend(sql, jobs.slice(0, 10)));
    },
    indexes: [JOB, ROW],
    buffers: 250,
  },
];

/** For statistics that say that there are no attempts at all. */
export const firstAttempts = settleCase('100 jobs that fail, the first of all', 100, failed, 4900);

function settleCase(
  name: string,
  jobs: number,
  kind: typeof failed,
  buffers: number,
): PlanCase {
  return {
    name: `settle_jobs: ${name}`,
    async run(sql, watch) {
      const outcomes = await claimed(sql, jobs, kind);
      await watch(() => settle(sql, outcomes));
    },
    indexes: [ATTEMPT, JOB, ROW],
    buffers,
  };
}

function failed(): [string, Record<string, unknown>?] {
  return ['failed', { error_type: 'network', error_message: 'connection reset by peer' }];
}

async function claimed(sql: Sql, limit: number, kind: typeof failed) {
  const jobs = await claim(sql, { limit, types: BUSY });
  return jobs.map((job) => outcome(job, ...kind()));
}
