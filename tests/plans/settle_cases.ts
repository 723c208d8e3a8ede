import assert from 'node:assert/strict';
import type { Sql } from '../database/database.ts';
import { claim, settle, type Settled } from '../database/jobs.ts';
import { extend, outcome, rescue } from '../database/lifecycle.ts';
import { BUSY, DUE, JOB, ROW } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';

const ATTEMPT = 'puppet_job_retry_history_attempt_idx';

export const settleCases: PlanCase[] = [
  settleCase('one job that fails', 1, failed, 75),
  settleCase('10 jobs that fail', 10, failed, 660),
  settleCase('100 jobs that fail', 100, failed, 6400),
  settleCase('100 jobs that succeed', 100, () => ['completed'], 6400),
  {
    name: 'settle_and_claim_jobs: 10 jobs that fail for 10 others',
    async run(sql, watch) {
      const outcomes = await claimed(sql, 10, failed);
      await watch(async () => {
        const [row] = await sql<{ answer: { settled: Settled[]; claimed: unknown[] } }[]>`
          select settle_and_claim_jobs(
            'executor', ${JSON.stringify(outcomes)}::text::jsonb, 10, ${BUSY}::text[]) as answer
        `;
        mustCount(row!.answer.settled, 10);
        assert.equal(row!.answer.claimed.length, 10);
      });
    },
    indexes: [DUE, JOB, ROW],
    buffers: 1400,
  },
  {
    name: 'settle_jobs: 10 jobs that succeed after their rescue',
    async run(sql, watch) {
      const outcomes = await claimed(sql, 10, () => ['completed']);
      await expire(sql);
      await rescue(sql);
      await watch(async () => mustCount(await settle(sql, outcomes), 10));
    },
    indexes: [ATTEMPT, JOB, ROW],
    buffers: 600,
  },
  {
    name: 'extend_job_leases: 10 of 100 jobs that run',
    async run(sql, watch) {
      const jobs = await claim(sql, { limit: 100, types: BUSY });
      await watch(async () => {
        const answers = await extend(sql, jobs.slice(0, 10));
        assert.equal(answers.filter(({ held }) => held).length, 10);
      });
    },
    indexes: [JOB, ROW],
    buffers: 320,
  },
];

/** For statistics that say that there are no attempts at all. */
export const firstAttempts = settleCase('100 jobs that fail, the first of all', 100, failed, 6400);

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
      await watch(async () => mustCount(await settle(sql, outcomes), jobs));
    },
    indexes: [JOB, ROW],
    buffers,
  };
}

function mustCount(answers: Settled[], jobs: number) {
  assert.equal(answers.filter(({ accepted }) => accepted).length, jobs);
}

function failed(): [string, Record<string, unknown>?] {
  return ['failed', { error_type: 'network', error_message: 'connection reset by peer' }];
}

/** Lets the leases of all that runs run out. */
export async function expire(sql: Sql): Promise<void> {
  await sql`
    update puppet_jobs
    set execution_timeout_at = now() - interval '1 second'
    where status = 'running' and execution_timeout_at > now()
  `;
}

async function claimed(sql: Sql, limit: number, kind: typeof failed) {
  const jobs = await claim(sql, { limit, types: BUSY });
  return jobs.map((job) => outcome(job, ...kind()));
}
