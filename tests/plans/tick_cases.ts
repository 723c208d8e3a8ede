import assert from 'node:assert/strict';
import type { Sql } from '../database/database.ts';
import { claim } from '../database/jobs.ts';
import { rescue } from '../database/lifecycle.ts';
import { PROCESSOR_SECRET, PROCESSOR_URL, tick } from '../database/ticks.ts';
import { setSecrets } from '../database/vault.ts';
import { BUSY, DUE, handle, IDLE, JOB, QUIET, ROW } from './claim_cases.ts';
import type { PlanCase } from './plan_case.ts';
import { expire } from './settle_cases.ts';

const LEASE_END = 'puppet_jobs_lease_end_idx';
const DEADLINE = 'puppet_jobs_deadline_idx';

const ENDED_KEY = 'puppet_jobs_ended_key_idx';
const RECEIPT = 'puppet_tick_receipts_created_idx';

export const tickCases: PlanCase[] = [
  {
    name: 'rescue_expired_jobs: no lease has run out',
    async run(sql, watch) {
      await claim(sql, { limit: 100, types: BUSY });
      await watch(async () => assert.equal(await rescue(sql), 0));
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
      await watch(async () => assert.equal(await rescue(sql), 10));
    },
    indexes: [LEASE_END, JOB, ROW],
    buffers: 720,
  },
  {
    name: 'get_jobs_ready_for_retry: 50 jobs of five types',
    async run(sql, watch) {
      await watch(async () => {
        const jobs = await sql`select * from get_jobs_ready_for_retry(50)`;
        assert.equal(jobs.length, 50);
      });
    },
    indexes: [DUE, JOB],
    buffers: 1900,
  },
  {
    name: 'tick_retry_processor: nothing is due',
    async run(sql, watch) {
      await handle(sql, QUIET);
      await arm(sql);
      await watch(() => tickForNothing(sql));
    },
    indexes: [LEASE_END, DEADLINE, DUE],
    buffers: 350,
  },
  {
    name: 'tick_retry_processor: nothing waits of 20 types',
    async run(sql, watch) {
      await handle(sql, IDLE);
      await arm(sql);
      await watch(() => tickForNothing(sql));
    },
    indexes: [LEASE_END, DEADLINE, DUE],
    buffers: 110,
  },
  {
    name: 'tick_retry_processor: so much is due that it makes all its calls',
    async run(sql, watch) {
      await handle(sql, BUSY);
      await arm(sql);
      await sql`update puppet_private.settings set tick_jobs_per_call = 100`;
      await watch(async () => assert.equal((await tick(sql)).calls, 4));
    },
    indexes: [LEASE_END, DEADLINE, DUE, RECEIPT],
    buffers: 1200,
  },
  {
    name: 'tick_retry_processor: something is due and nobody may be called',
    async run(sql, watch) {
      await handle(sql, BUSY);
      await sql`update puppet_private.settings set armed_for = null`;
      await watch(async () => assert.notEqual((await tick(sql)).disarmed, null));
    },
    indexes: [LEASE_END, DEADLINE, DUE, RECEIPT],
    buffers: 1150,
  },
  {
    name: 'tick_retry_processor: 10 waiting jobs are past their deadline',
    async run(sql, watch) {
      await handle(sql, QUIET);
      await sql`
        update puppet_jobs
        set deadline_at = now() - interval '1 minute'
        where id = any (array(
          select id from puppet_jobs where status = 'queued' and job_type = ${QUIET[
        0
      ]!} limit 10))`;
      await watch(async () => assert.equal((await tick(sql)).ended, 10));
    },
    indexes: [LEASE_END, DEADLINE, DUE, JOB],
    buffers: 600,
  },
  {
    name: 'keep_house: nothing is old',
    run: async (sql, watch) => await watch(() => sql`select puppet_private.keep_house()`),
    indexes: [ENDED_KEY, JOB, RECEIPT],
    buffers: 30,
  },
];

async function tickForNothing(sql: Sql): Promise<void> {
  const { due, calls } = await tick(sql);
  assert.deepEqual([due, calls], [0, 0]);
}

async function arm(sql: Sql): Promise<void> {
  await setSecrets(sql, {
    puppet_processor_url: PROCESSOR_URL,
    puppet_processor_secret: PROCESSOR_SECRET,
  });
  await sql`select arm_ticks(${PROCESSOR_URL})`;
}
