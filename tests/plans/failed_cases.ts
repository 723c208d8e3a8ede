import assert from 'node:assert/strict';
import type { Sql } from '../database/database.ts';
import { retryJobs } from '../database/retry_jobs.ts';
import { BUSY, DUE, JOB } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';

/** A wave of failures that no statistics know of yet. */
export const failedCases: PlanCase[] = [
  {
    name: 'retry_jobs: 10 of 2000 failed jobs by their ids',
    async run(sql, watch) {
      const job_ids = (await failMany(sql, 2000)).slice(0, 10);
      await watch(async () => assert.equal((await retryJobs(sql, { job_ids })).count, 10));
    },
    indexes: [JOB],
    buffers: 60,
  },
  {
    name: 'list_failed_jobs: the latest 10 of a type that wait for a retry',
    async run(sql, watch) {
      await watch(async () => {
        const [row] = await sql<{ page: { jobs: unknown[] } }[]>`
          select list_failed_jobs('failed', p_job_type => ${BUSY[0]!}, p_limit => 10) as page
        `;
        assert.equal(row!.page.jobs.length, 10);
      });
    },
    indexes: [JOB, DUE],
    buffers: 300,
  },
];

/** Lets so many of the completed jobs have failed for good. */
async function failMany(sql: Sql, count: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    update puppet_jobs
    set status = 'permanently_failed',
      final_status = 'permanently_failed',
      stop_reason = 'max_retries_reached'
    where id = any (array(
      select id from puppet_jobs where status = 'completed' order by completed_at limit ${count}))
    returning id
  `;
  return rows.map(({ id }) => id);
}
