import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { createClient } from '@supabase/supabase-js';
import type postgres from 'postgres';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { claim, historyOf, jobRow, passWait } from '../database/jobs.ts';
import { settleOne } from '../database/lifecycle.ts';
import { jobStates } from './job_states.ts';
import { type OldDatabase, openOldDatabase } from './old_database.ts';

const USER = '00000000-0000-4000-9000-000000000001';
const COMMAND = fileURLToPath(new URL('../../supabase/adopt/main.ts', import.meta.url));
const PROFILE = 'https://www.linkedin.com/in/ada';

Deno.test('adoption of plain: its jobs and its code go on', async (t) => {
  await using old = await openOldDatabase('plain');
  const report = await adopt(old.url);
  await t.step('a function that breaks is told', () => {
    const [told, ...more] = report.mind.filter((line) => line.startsWith('function '));
    assert.match(told ?? '', /^function status_of_job\(uuid\) does not fit the new table: /);
    assert.deepEqual(more, []);
  });
  await t.step('the command says that it is done already', async () => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['run', '--allow-all', '--quiet', COMMAND, '--db-url', old.url],
    }).output();
    assert.deepEqual([code, new TextDecoder().decode(stderr)], [
      1,
      'Nothing was changed:\n- This database is already adopted.\n',
    ]);
  });
  await t.step('each status word has its place', () => old.use(checkStates));
  await old.use((sql) => checkInserts(t, sql));
  await t.step('the Data API serves old clients', () => checkDataApi(old));
  await t.step('old rows and old inserts live on', () => old.use(checkLives));
});

async function checkStates(sql: postgres.Sql): Promise<void> {
  assert.deepEqual(await jobStates(sql), [
    // pending, queued
    [1, 'pending', null, null, 0, 0, false, 'none'],
    [2, 'queued', null, null, 0, 0, false, 'none'],
    // running, in_progress: nobody holds them
    [3, 'queued', null, null, 0, 1, false, 'none'],
    [4, 'queued', null, null, 0, 1, false, 'none'],
    // completed
    [5, 'completed', 'completed', 'succeeded', 0, 1, true, 'none'],
    // failed: 0 of 2 retries
    [6, 'queued', 'failed', null, 1, 1, false, 'future'],
    // warning
    [7, 'completed', 'completed', 'succeeded', 0, 1, true, 'none'],
    // cancelled
    [8, 'cancelled', 'cancelled', 'cancelled', 0, 0, true, 'none'],
    // rate_limited
    [9, 'queued', 'failed', null, 1, 1, false, 'future'],
    // permanently_failed
    [10, 'permanently_failed', 'permanently_failed', null, 0, 1, true, 'none'],
  ]);
}

/** What the old code says when it enqueues, word for word. */
async function insertAsBefore(sql: postgres.Sql, columns = '', values = ''): Promise<string> {
  const [row] = await sql.unsafe<{ id: string }[]>(`
    insert into puppet_jobs (user_id, linkedin_profile_url, message${columns})
    values ('${USER}', '${PROFILE}', 'Hello Ada'${values})
    returning id
  `);
  return row!.id;
}

async function checkInserts(t: Deno.TestContext, sql: postgres.Sql): Promise<void> {
  const inserts: [string, string, string, string, number][] = [
    ['nothing more', '', '', 'pending', 2],
    ['pending', ', status', ", 'pending'", 'pending', 2],
    ['queued, cast', ', status', ", 'queued'::job_status", 'queued', 2],
    ['max_retries', ', status, max_retries', ", 'queued', 6", 'queued', 6],
    ['in_progress', ', status', ", 'in_progress'::job_status", 'queued', 2],
    ['completed', ', status', ", 'completed'", 'completed', 2],
    ['failed', ', status', ", 'failed'", 'queued', 2],
  ];
  for (const [name, columns, values, status, max_retries] of inserts) {
    await t.step(`an old insert: ${name}`, async () => {
      const job = await jobRow(sql, await insertAsBefore(sql, columns, values));
      assert.deepEqual(
        [job.job_type, job.status, job.max_retries, job.job_config],
        ['linkedin_outreach', status, max_retries, {
          linkedin_profile_url: PROFILE,
          message: 'Hello Ada',
        }],
      );
    });
  }
  await t.step('a job of a new type stays what it is', async () => {
    const [row] = await sql<{ id: string }[]>`
      insert into puppet_jobs (user_id, job_type) values (${USER}, 'custom_job') returning id
    `;
    const job = await jobRow(sql, row!.id);
    assert.deepEqual([job.job_type, job.max_retries, job.job_config], ['custom_job', null, {}]);
  });
  await t.step('functions that take the old status type', async () => {
    const [row] = await sql`select count_waiting_jobs('completed') = 3 as counted`;
    assert.equal(row?.counted, true);
  });
}

async function checkDataApi(old: OldDatabase): Promise<void> {
  const job = { user_id: USER, linkedin_profile_url: PROFILE, message: 'Hi' };
  const service = createClient(old.platform.url, old.platform.keys.secret);
  const made = await service.from('puppet_jobs').insert({ ...job, status: 'queued' }).select()
    .single();
  assert.equal(made.error, null);
  assert.deepEqual([made.data.status, made.data.job_type], ['queued', 'linkedin_outreach']);

  const token = await old.platform.signUserJwt({ sub: USER });
  const user = createClient(old.platform.url, old.platform.keys.publishable, {
    accessToken: () => Promise.resolve(token),
  });
  assert.equal((await user.from('puppet_jobs').insert(job)).error, null);
  const refused = await user.from('puppet_jobs').insert({ ...job, status: 'completed' });
  assert.equal(refused.error?.code, '42501');
  const own = await user.from('puppet_jobs').select('status, message, result').limit(1).single();
  assert.equal(own.error, null);
}

async function checkLives(sql: postgres.Sql): Promise<void> {
  const inserted = await insertAsBefore(sql);
  const adopted = '00000000-0000-4000-8000-000000000004';
  const claimed = await claim(sql, { types: ['linkedin_outreach'], limit: 100 });
  for (const id of [inserted, adopted]) {
    const first = claimed.find((job) => job.job_id === id)!;
    const failed = await settleOne(sql, first, 'failed', {
      error_type: 'network',
      error_message: 'connection reset',
    });
    assert.deepEqual([failed.status, failed.decision], ['queued', 'retry_scheduled']);
    assert.equal((await oldRow(sql, id)).error, 'connection reset');

    await passWait(sql, id);
    const [second] = await claim(sql, { types: ['linkedin_outreach'], limit: 100 });
    assert.equal(second?.job_id, id);
    const done = await settleOne(sql, second, 'completed', { result: { sent: null } });
    assert.deepEqual([done.status, done.decision], ['completed', 'succeeded']);
    const { status, result } = await oldRow(sql, id);
    assert.deepEqual([status, result], ['completed', { sent: null }]);
    assert.deepEqual(
      (await historyOf(sql, id)).map((attempt) => attempt.decision),
      ['retry_scheduled', 'succeeded'],
    );
  }
}

async function oldRow(sql: postgres.Sql, id: string) {
  const [row] = await sql<{ status: string; result: unknown; error: string | null }[]>`
    select status, result, error from puppet_jobs where id = ${id}
  `;
  return row!;
}
