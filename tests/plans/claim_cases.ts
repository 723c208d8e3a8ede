import assert from 'node:assert/strict';
import type { Sql } from '../database/database.ts';
import { claim } from '../database/jobs.ts';
import type { PlanCase } from './plan_case.ts';

/** Types with due jobs, which wait among many that are not due. */
export const BUSY = names('type', 5);
/** Types with as many priorities and jobs that wait, none of them due. */
export const QUIET = names('quiet', 5);
/** Types of which there is no job. */
export const IDLE = names('idle', 20);

export const DUE = 'puppet_jobs_due_idx';
export const JOB = 'puppet_jobs_pkey';
/** Locked rows are updated where they are. */
export const ROW = 'ctid';

export const claimCases: PlanCase[] = [
  claimCase('10 jobs of five types in ten priorities', 10, BUSY, 700, [DUE, ROW]),
  claimCase('10 jobs beside 20 idle types', 10, [...BUSY, ...IDLE], 850, [DUE, ROW]),
  claimCase('100 jobs', 100, BUSY, 3400, [DUE, ROW]),
  claimCase('nothing is due', 0, QUIET, 320, [DUE]),
  claimCase('nothing waits of 20 types', 0, IDLE, 90, [DUE]),
  {
    name: 'claim_jobs: the same claim again',
    async run(sql, watch) {
      const options = { limit: 10, types: BUSY, token: crypto.randomUUID() };
      await claim(sql, options);
      await watch(async () => assert.equal((await claim(sql, options)).length, 10));
    },
    indexes: ['puppet_jobs_claim_token_idx', JOB],
    buffers: 110,
  },
];

/** A claim of the types that must get so many jobs; of 10 where it must get none. */
function claimCase(
  name: string,
  jobs: number,
  types: string[],
  buffers: number,
  indexes: string[],
): PlanCase {
  return {
    name: `claim_jobs: ${name}`,
    run: async (sql, watch) =>
      await watch(async () => {
        const claimed = await claim(sql, { limit: jobs || 10, types });
        assert.equal(claimed.length, jobs);
      }),
    indexes,
    buffers,
  };
}

function names(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${kind}_${n}`);
}

/** Makes executors handle just these types. */
export async function handle(sql: Sql, types: string[]): Promise<void> {
  await sql`delete from puppet_handled_types`;
  await sql`select register_handled_types(${types})`;
}
