import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { insertAttempt } from './history.ts';
import { insertJob, OTHER_OWNER } from './jobs.ts';
import { allPages, page } from './lists.ts';

/** One attempt a minute of one job, the latest first, each with the columns given. */
async function attempts(sql: Sql, columns: Record<string, unknown>[]): Promise<string[]> {
  const jobId = await insertJob(sql);
  const ids: string[] = [];
  for (const [n, one] of columns.entries()) {
    const attempted_at = new Date(Date.UTC(2071, 0, 1, 12, n));
    ids.unshift(await insertAttempt(sql, jobId, { attempted_at, attempt_number: n + 1, ...one }));
  }
  return ids;
}

const FAR = { p_start: '2071-01-01T00:00:00Z' };

databaseTest('list_attempts: the latest come first, page by page', async (sql) => {
  const ids = await attempts(sql, Array(7).fill({}));
  const first = await page(sql, 'list_attempts', { ...FAR, p_limit: 3 });
  assert.deepEqual(first.ids, ids.slice(0, 3));
  assert.equal(first.next?.id, ids[2]);
  assert.deepEqual(await allPages(sql, 'list_attempts', { ...FAR, p_limit: 3 }), ids);
  assert.deepEqual(await allPages(sql, 'list_attempts', { ...FAR, p_limit: 7 }), ids);
});

databaseTest('list_attempts: equal times neither repeat nor lose a row', async (sql) => {
  const ids = await attempts(sql, Array(9).fill({ attempted_at: new Date('2071-05-05') }));
  assert.deepEqual(
    await allPages(sql, 'list_attempts', { ...FAR, p_limit: 2 }),
    ids.sort().reverse(),
  );
});

databaseTest('list_attempts: each filter keeps what meets it', async (sql) => {
  const [d, c, b, a] = await attempts(sql, [
    { job_type: 'one', error_type: 'network' },
    { success: true, decision: 'succeeded', is_retry: true },
    { decision: 'max_retries_reached' },
    { error_type: 'network' },
  ]);
  const found = async (args: Record<string, string | number | boolean>) =>
    (await page(sql, 'list_attempts', { ...FAR, ...args })).ids;
  assert.deepEqual(await found({ p_job_type: 'one' }), [a]);
  assert.deepEqual(await found({ p_success: true }), [b]);
  assert.deepEqual(await found({ p_success: false }), [d, c, a]);
  assert.deepEqual(await found({ p_error_type: 'network' }), [d, a]);
  assert.deepEqual(await found({ p_decision: 'max_retries_reached' }), [c]);
  assert.deepEqual(await found({ p_attempt_number: 2 }), [b]);
  assert.deepEqual(await found({ p_start: '2071-01-01T12:01:00Z' }), [d, c, b]);
  assert.deepEqual(await found({ p_end: '2071-01-01T12:01:00Z' }), [a]);
  assert.deepEqual(await found({ p_job_id: crypto.randomUUID() }), []);
});

databaseTest('list_attempts: a page looks at 5,000 attempts and leads on', async (sql) => {
  const jobId = await insertJob(sql);
  await sql`
    insert into puppet_job_retry_history (
      job_id, user_id, job_type, attempt_number, success, decision, logged_by, attempted_at)
    select ${jobId}, gen_random_uuid(), 'rare', n, n = 1, 'retry_scheduled', 'engine',
      timestamptz '2071-01-01' + n * interval '1 second'
    from generate_series(1, 5001) n
  `;
  const filter = { ...FAR, p_success: true };
  const { ids, next } = await page(sql, 'list_attempts', filter);
  assert.deepEqual(ids, []);
  assert.ok(next);
  const behind = { ...filter, p_after_at: next.at, p_after_id: next.id };
  const last = await page(sql, 'list_attempts', behind);
  assert.equal(last.ids.length, 1);
  assert.equal(last.next, null);
});

databaseTest('list_attempts: owners see their own, also by the id of a job', async (sql) => {
  const jobId = await insertJob(sql, { user_id: OTHER_OWNER });
  const id = await insertAttempt(sql, jobId, { user_id: OTHER_OWNER, ...FAR_AWAY });
  await attempts(sql, [{}]);
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  assert.deepEqual((await page(sql, 'list_attempts', FAR)).ids, [id]);
  await actAs(sql, 'authenticated', { sub: crypto.randomUUID() });
  assert.deepEqual((await page(sql, 'list_attempts', { p_job_id: jobId })).ids, []);
  await actAs(sql, 'authenticated', {});
  assert.deepEqual((await page(sql, 'list_attempts', FAR)).ids, []);
});

const FAR_AWAY = { attempted_at: new Date('2071-01-02') };

databaseTest('list_attempts: a page of no sense is refused with what to do', async (sql) => {
  for (const p_limit of [0, -1, 1001, null]) {
    const error = await refusal(sql, async (sql) => await page(sql, 'list_attempts', { p_limit }));
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
});
