import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { enqueue, manyJobs } from './enqueue.ts';
import { insertJob, OWNER } from './jobs.ts';
import { failedJob } from './lifecycle.ts';

const VERSION_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The time in an id, in ms since 1970. */
function timeIn(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

function isNew(id: string, from: number): void {
  assert.match(id, VERSION_7);
  assert.ok(timeIn(id) >= from - 1000 && timeIn(id) <= Date.now() + 1000, id);
}

databaseTest('ids: jobs get one of their time, however they are enqueued', async (sql) => {
  const from = Date.now();
  const [enqueued] = await enqueue(sql, manyJobs(1, OWNER));
  isNew(enqueued!.job_id, from);
  for (const role of ['service_role', 'authenticated'] as const) {
    await actAs(sql, role, { sub: OWNER });
    const [row] = await sql<{ id: string }[]>`
      insert into puppet_jobs (user_id) values (${OWNER}) returning id`;
    isNew(row!.id, from);
  }
});

databaseTest('ids: attempts get one of their time', async (sql) => {
  const from = Date.now();
  const { job_id } = await failedJob(sql);
  const [attempt] = await sql<{ id: string }[]>`
    select id from puppet_job_retry_history where job_id = ${job_id}`;
  isNew(attempt!.id, from);
});

databaseTest('ids: later ones are greater, and those of a moment differ', async (sql) => {
  const first = await insertJob(sql);
  await sql`select pg_sleep(0.002)`;
  const second = await insertJob(sql);
  assert.ok(first < second, `${first} and ${second}`);
  const many = await enqueue(sql, manyJobs(1000, OWNER));
  assert.equal(new Set(many.map(({ job_id }) => job_id)).size, 1000);
});

databaseTest('ids: a role of the project itself needs one grant more', async (sql) => {
  const insert = (sql: Sql) => sql`insert into puppet_jobs (user_id) values (${OWNER})`;
  await sql`create role their_worker bypassrls`;
  await sql`grant insert on puppet_jobs to their_worker`;
  await sql`set local role their_worker`;
  const refused = await refusal(sql, insert);
  assert.deepEqual([refused.code, refused.message], [
    '42501',
    'permission denied for function uuid_v7',
  ]);
  await sql`reset role`;
  await sql`grant execute on function puppet_private.uuid_v7() to their_worker`;
  await sql`set local role their_worker`;
  await insert(sql);
});
