import assert from 'node:assert/strict';
import type postgres from 'postgres';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { claim, historyOf, type HistoryRow, passWait } from '../database/jobs.ts';
import { settleOne } from '../database/lifecycle.ts';
import { jobStates } from './job_states.ts';
import { openOldDatabase } from './old_database.ts';

const FAILED = '00000000-0000-4000-8000-000000000002';

Deno.test('adoption of retrying: what the earlier retry system knew is kept', async (t) => {
  await using old = await openOldDatabase('retrying');
  const report = await adopt(old.url);
  await old.use(async (sql) => {
    await t.step('budgets, waits and attempts', () => checkStates(sql));
    await t.step('tuned numbers', () => checkPolicies(sql));
    await t.step('each number that had to change is told', () => {
      const told = report.changed.filter((line) => line.startsWith('policy broken: max_'));
      assert.deepEqual(told, [
        'policy broken: max_delay_seconds 0 is not valid and became 1',
        'policy broken: max_jitter_seconds -5 is not valid and became 0',
        'policy broken: max_retries -3 is not valid and became 0',
      ]);
    });
    await t.step('history', () => checkHistory(sql));
    await t.step('a new attempt comes after the old ones', async () => {
      await passWait(sql, FAILED);
      const jobs = await claim(sql, { types: ['linkedin_outreach'], limit: 100 });
      const job = jobs.find(({ job_id }) => job_id === FAILED)!;
      await settleOne(sql, job, 'completed');
      const attempts = await historyOf(sql, FAILED);
      assert.deepEqual(
        [attempts.at(-1)?.attempt_number, attempts.at(-1)?.logged_by],
        [8, 'engine'],
      );
    });
  });
});

async function checkStates(sql: postgres.Sql): Promise<void> {
  assert.deepEqual(await jobStates(sql), [
    [1, 'pending', null, null, 0, 1, false, 'none'],
    // Its retry was granted in 3 h; its history goes up to attempt 7.
    [2, 'queued', 'failed', null, 1, 7, false, 'future'],
    [3, 'permanently_failed', 'permanently_failed', 'max_retries_reached', 3, 4, true, 'none'],
    [4, 'queued', 'failed', null, 2, 3, false, 'past'],
    [5, 'completed', 'completed', 'succeeded', 1, 2, true, 'none'],
    [6, 'queued', 'failed', null, 4, 4, false, 'future'],
    [7, 'permanently_failed', 'permanently_failed', 'max_retries_reached', 3, 4, true, 'none'],
    [8, 'queued', null, null, 0, 1, false, 'none'],
  ]);
  const [row] = await sql`select array_agg(priority order by id) as priorities from puppet_jobs`;
  assert.deepEqual(row?.priorities, [5, 9, 10, 1, 1, 5, 5, 5]);
}

async function checkPolicies(sql: postgres.Sql): Promise<void> {
  const rows = await sql<Record<string, unknown>[]>`
    select job_type, max_retries, base_delay_seconds, backoff_multiplier::float8 as multiplier,
      max_delay_seconds, max_jitter_seconds, escalation_threshold, retry_on_error_types::text,
      enabled, description
    from puppet_job_retry_config
    where job_type not in ('email_campaign', 'data_enrichment')
    order by job_type
  `;
  assert.deepEqual(rows.map((row) => Object.values(row)), [
    ['broken', 0, 1, 1, 1, 0, 1, '{timeout}', false, 'Kept from the older design.'],
    ['default', 4, 1800, 1.5, 43200, 120, 2, '{timeout,network,rate_limit}', true, 'Ours'],
    [
      'huge',
      1000000,
      90000,
      100,
      90000,
      300,
      3,
      '{timeout,network,rate_limit,temporary_error,unknown_error}',
      true,
      'Kept from the older design.',
    ],
    ['linkedin_outreach', 7, 600, 3, 7200, 60, 5, '{timeout,rate_limit}', true, 'Tuned in spring'],
  ]);
}

async function checkHistory(sql: postgres.Sql): Promise<void> {
  const attempts = await sql<(HistoryRow & { worker_region: string; bytes: number })[]>`
    select h.*, octet_length(h.error_message) as bytes
    from puppet_job_retry_history h
    where h.job_id = ${FAILED}
    order by h.attempt_number, h.success
  `;
  assert.deepEqual(
    attempts.map((row) => [row.attempt_number, row.success, row.executor_id, row.bytes]),
    [[1, false, 'worker-1', 8192], [2, false, 'worker-2', 8192], [2, true, 'unknown', null], [
      7,
      false,
      'unknown',
      null,
    ]],
  );
  for (const row of attempts) {
    assert.deepEqual([row.logged_by, row.decision, row.worker_region], ['caller', null, 'eu']);
  }
  const [orphans] = await sql`
    select count(*)::int as kept from puppet_before_adoption.puppet_job_retry_history h
    where h.job_id = '00000000-0000-4000-8000-000000000099'
  `;
  assert.equal(orphans?.kept, 1);
}
