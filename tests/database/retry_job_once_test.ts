import assert from 'node:assert/strict';
import type { TransactionSql } from 'postgres';
import { clientsTest, startBlocked } from './clients.ts';
import { actAs, databaseTest, type Refusal, refusal, type Sql } from './database.ts';
import { insertJob, jobRow, OTHER_OWNER, OWNER } from './jobs.ts';
import { cancel } from './lifecycle.ts';

interface Once {
  replayed: boolean;
  job: { job_id: string; status: string; next_retry_at: string };
}

async function retryOnce(
  sql: Sql,
  key: string | null,
  id: string,
  { reason = 'manual_retry', config = null as unknown } = {},
): Promise<Once> {
  const [row] = await sql<{ answer: Once }[]>`
    select retry_job_once(
      ${key}, ${id}, ${reason},
      p_job_config => ${config === null ? null : JSON.stringify(config)}::text::jsonb) as answer
  `;
  return row!.answer;
}

async function endedJob(sql: Sql, columns: Record<string, unknown> = {}): Promise<string> {
  return await insertJob(sql, {
    status: 'permanently_failed',
    final_status: 'permanently_failed',
    stop_reason: 'max_retries_reached',
    completed_at: new Date(),
    ...columns,
  });
}

async function assertReused(
  sql: TransactionSql,
  body: (sql: Sql) => Promise<unknown>,
): Promise<void> {
  const error: Refusal & { detail?: string } = await refusal(sql, body);
  assert.deepEqual([error.code, error.detail], ['PT422', 'idempotency_key_reused']);
  assert.ok(error.hint);
}

databaseTest('retry_job_once: retries the job and answers its new state', async (sql) => {
  const id = await endedJob(sql);
  const { replayed, job } = await retryOnce(sql, 'key', id, { reason: 'why' });
  assert.deepEqual([replayed, job.job_id, job.status], [false, id, 'queued']);
  assert.equal((await jobRow(sql, id)).next_retry_reason, 'why');
});

databaseTest('retry_job_once: the same again answers the same and does nothing', async (sql) => {
  const id = await endedJob(sql);
  const first = await retryOnce(sql, 'key', id, { config: { a: 1, b: 2 } });
  await cancel(sql, id);
  const again = await retryOnce(sql, 'key', id, { config: { b: 2, a: 1 } });
  assert.deepEqual(again, { replayed: true, job: first.job });
  assert.equal((await jobRow(sql, id)).status, 'cancelled');
});

databaseTest('retry_job_once: the key of another request is refused', async (sql) => {
  const id = await endedJob(sql);
  const other = await endedJob(sql);
  await retryOnce(sql, 'key', id);
  await assertReused(sql, (sql) => retryOnce(sql, 'key', id, { reason: 'another' }));
  await assertReused(sql, (sql) => retryOnce(sql, 'key', id, { config: {} }));
  await assertReused(sql, (sql) => retryOnce(sql, 'key', other));
  assert.equal((await jobRow(sql, other)).status, 'permanently_failed');
});

databaseTest('retry_job_once: a refused retry leaves its key free', async (sql) => {
  const id = await insertJob(sql);
  const error = await refusal(sql, (sql) => retryOnce(sql, 'key', id));
  assert.equal(error.code, 'PT409');
  await cancel(sql, id);
  assert.equal((await retryOnce(sql, 'key', id)).replayed, false);
});

databaseTest('retry_job_once: each caller has keys of their own', async (sql) => {
  const id = await endedJob(sql);
  const other = await endedJob(sql, { user_id: OTHER_OWNER });
  await actAs(sql, 'authenticated', { sub: OWNER });
  await retryOnce(sql, 'key', id);
  const error = await refusal(sql, (sql) => retryOnce(sql, 'another', other));
  assert.equal(error.code, 'PT404');
  await actAs(sql, 'none');
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  assert.equal((await retryOnce(sql, 'key', other)).replayed, false);
  await actAs(sql, 'none');
  await actAs(sql, 'service_role');
  assert.equal((await retryOnce(sql, 'key', id)).replayed, false);
});

databaseTest('retry_job_once: a key is 1 to 255 characters', async (sql) => {
  const id = await endedJob(sql);
  for (const key of ['', 'x'.repeat(256)]) {
    const error = await refusal(sql, (sql) => retryOnce(sql, key, id));
    assert.equal(error.code, '23514');
  }
});

databaseTest('retry_job_once: without a key it says what to do', async (sql) => {
  const id = await endedJob(sql);
  const error = await refusal(sql, (sql) => retryOnce(sql, null, id));
  assert.equal(error.code, 'PT422');
  assert.match(error.message, /p_idempotency_key must not be null/);
  assert.match(error.hint ?? '', /call retry_job/);
});

databaseTest('retry_job_once: after 24 hours a key is free, and its row goes', async (sql) => {
  const id = await endedJob(sql);
  for (const key of ['one', 'two', 'three']) await retryOnce(sql, key, id);
  await sql`
    update puppet_private.idempotent_requests
    set created_at = created_at - interval '24 hours 1 second'
    where idempotency_key <> 'three'
  `;
  assert.equal((await retryOnce(sql, 'one', id, { reason: 'another' })).replayed, false);
  const rows = await sql`
    select idempotency_key from puppet_private.idempotent_requests
    where caller = 'service' order by 1
  `;
  assert.deepEqual(rows.map((row) => row.idempotency_key), ['one', 'three']);
});

databaseTest(
  'retry_job_once: a key is free in time, however many others wait to go',
  async (sql) => {
    const id = await endedJob(sql);
    await retryOnce(sql, 'key', id);
    await sql`
    insert into puppet_private.idempotent_requests (caller, idempotency_key, payload_hash, created_at)
    select 'somebody', n::text, '', now() - interval '3 days' from generate_series(1, 50) n
  `;
    await sql`
    update puppet_private.idempotent_requests
    set created_at = now() - interval '25 hours' where idempotency_key = 'key'
  `;
    assert.equal((await retryOnce(sql, 'key', id, { reason: 'another' })).replayed, false);
    const left = await sql`
    select from puppet_private.idempotent_requests where caller = 'somebody'
  `;
    assert.equal(left.length, 30);
  },
);

databaseTest('retry_job_once: no payload is kept', async (sql) => {
  const id = await endedJob(sql);
  await retryOnce(sql, 'key', id, { config: { password: 'hunter2' } });
  const [row] = await sql`
    select r::text as text from puppet_private.idempotent_requests r where idempotency_key = 'key'
  `;
  assert.ok(!row!.text.includes('hunter2'));
});

clientsTest('retry_job_once: sent twice at once it is done once', async (clients, sql) => {
  const [id = ''] = await clients.insertJobs(1, {
    status: 'cancelled',
    final_status: 'cancelled',
    completed_at: new Date(),
  });
  const key = crypto.randomUUID();
  const other = await clients.open();
  const watcher = await clients.open();
  await sql`begin`;
  const first = await retryOnce(sql, key, id);
  const { result } = await startBlocked(watcher, other, (sql) => retryOnce(sql, key, id));
  await sql`commit`;
  assert.deepEqual(await result, { replayed: true, job: first.job });
  await sql`delete from puppet_private.idempotent_requests where idempotency_key = ${key}`;
});
