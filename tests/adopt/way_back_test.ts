import assert from 'node:assert/strict';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { undoAdoption } from '../../supabase/adopt/undo.ts';
import type postgres from 'postgres';
import { claim, passWait } from '../database/jobs.ts';
import { settleOne } from '../database/lifecycle.ts';
import { openOldDatabase } from './old_database.ts';
import { rowsOf } from './snapshot.ts';

const USER = '00000000-0000-4000-9000-000000000001';
const ENQUEUED = '00000000-0000-4000-b000-000000000001';
const INSERTED = '00000000-0000-4000-b000-000000000002';
const OTHER = '00000000-0000-4000-b000-000000000003';

const job = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

Deno.test('the way back: jobs changed, made and deleted since are so in the old table', async (t) => {
  await using old = await openOldDatabase('retrying');
  const before = new Map(
    (await old.use((sql) => rowsOf(sql, 'puppet_jobs'))).map((row) => [row.slice(20, 56), row]),
  );
  await adopt(old.url);
  await old.use(live);
  const report = await undoAdoption(old.url);
  await old.use(async (sql) => {
    const rows = await sql<Record<string, unknown>[]>`
      select id, status, retry_count, linkedin_profile_url as url, message, max_retries,
        last_execution_error as error
      from puppet_jobs
      order by id
    `;
    const row = (id: string) => rows.find((one) => one.id === id);

    await t.step('a finished one is completed, a failed one waits', () => {
      assert.deepEqual([row(job(1))?.status, row(job(1))?.retry_count], ['completed', 0]);
      assert.deepEqual(
        [row(job(8))?.status, row(job(8))?.retry_count, row(job(8))?.error],
        ['queued', 1, 'timed out again'],
      );
    });
    await t.step('one that runs is to run again', () => {
      assert.equal(row(job(4))?.status, 'queued');
    });
    await t.step('a message that was changed is, and the old word stays', () => {
      assert.deepEqual([row(job(6))?.status, row(job(6))?.message], ['rate_limited', 'Changed']);
    });
    await t.step('new ones are there, with what the old table requires', () => {
      const url = 'https://www.linkedin.com/in/new';
      assert.deepEqual([row(ENQUEUED)?.url, row(ENQUEUED)?.message, row(ENQUEUED)?.max_retries], [
        url,
        'By config',
        2,
      ]);
      assert.deepEqual([row(INSERTED)?.url, row(INSERTED)?.status], [url, 'pending']);
    });
    await t.step('a deleted one stays deleted', () => {
      assert.equal(row(job(7)), undefined);
      assert.equal(row(OTHER), undefined);
    });
    await t.step('what the old table cannot hold is kept and told of', async () => {
      const [kept] =
        await sql`select id from puppet_after_adoption.puppet_jobs where id = ${OTHER}`;
      assert.ok(kept);
      assert.ok(report.mind.some((line) => line.startsWith('1 jobs of type custom_job lack')));
    });
    await t.step('untouched ones are as they were', async () => {
      const after = await rowsOf(sql, 'puppet_jobs');
      for (const n of [2, 3, 5]) assert.ok(after.includes(before.get(job(n))!), `job ${n}`);
    });
    await t.step('attempts since are in the old history', async () => {
      const attempts = await sql<{ error_message: string }[]>`
        select error_message from puppet_job_retry_history where job_id = ${job(8)}
      `;
      assert.deepEqual(attempts.map((row) => row.error_message), ['timed out again']);
    });
    await t.step('old inserts work as ever', async () => {
      await sql`
        insert into puppet_jobs (user_id, linkedin_profile_url, status)
        values (${USER}, 'x', 'rate_limited')
      `;
    });
  });
});

/** Some days of an adopted database. */
async function live(sql: postgres.Sql): Promise<void> {
  await sql`update puppet_jobs set message = 'Changed' where id = ${job(6)}`;
  await sql`delete from puppet_jobs where id = ${job(7)}`;
  await sql`
    insert into puppet_jobs (id, user_id, job_type, job_config)
    values (${ENQUEUED}, ${USER}, 'linkedin_outreach',
      '{"linkedin_profile_url": "https://www.linkedin.com/in/new", "message": "By config"}'),
      (${OTHER}, ${USER}, 'custom_job', '{}')
  `;
  await sql`
    insert into puppet_jobs (id, user_id, linkedin_profile_url, scheduled_at)
    values (${INSERTED}, ${USER}, 'https://www.linkedin.com/in/new', now() + interval '1 day')
  `;
  await passWait(sql, job(4));
  const claimed = await claim(sql, { types: ['linkedin_outreach'], limit: 100 });
  const held = (n: number) => claimed.find(({ job_id }) => job_id === job(n))!;
  await settleOne(sql, held(1), 'completed', { result: {} });
  await settleOne(sql, held(8), 'failed', {
    error_type: 'timeout',
    error_message: 'timed out again',
  });
  assert.ok(held(4));
}
