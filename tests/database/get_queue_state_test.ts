import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { claim, claimedJob, insertJob, insertPolicy } from './jobs.ts';
import { failedJob } from './lifecycle.ts';

interface Counts {
  waiting: number;
  due: number;
  running: number;
  oldestDueAt: string | null;
}

interface Queue extends Counts {
  countedUpTo: number;
  moreJobTypes: boolean;
  unhandledTypes: string[];
  jobTypes: (Counts & { jobType: string; handled: boolean })[];
}

async function queueState(sql: Sql): Promise<Queue> {
  const [row] = await sql<{ queue: Queue }[]>`select get_queue_state() as queue`;
  return row!.queue;
}

/** The test's transaction sees no other jobs, and nobody to run any. */
async function prepareQueue(sql: Sql): Promise<void> {
  await sql`delete from puppet_jobs`;
  await sql`delete from puppet_handled_types`;
}

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000);

databaseTest('get_queue_state: an empty queue', async (sql) => {
  await prepareQueue(sql);
  assert.deepEqual(await queueState(sql), {
    countedUpTo: 10000,
    moreJobTypes: false,
    waiting: 0,
    due: 0,
    running: 0,
    oldestDueAt: null,
    unhandledTypes: [],
    jobTypes: [],
  });
});

databaseTest('get_queue_state: waiting, due and running, per type and in all', async (sql) => {
  await prepareQueue(sql);
  await sql`select register_handled_types('{handled}')`;
  await insertPolicy(sql);
  const oldest = secondsAgo(500);
  await insertJob(sql, { job_type: 'handled', priority: 1, scheduled_at: oldest });
  await insertJob(sql, { job_type: 'handled', priority: 10, scheduled_at: secondsAgo(9) });
  await insertJob(sql, { job_type: 'handled', scheduled_at: secondsAgo(-900) });
  await claimedJob(sql);
  await failedJob(sql);
  const queue = await queueState(sql);
  assert.deepEqual([queue.waiting, queue.due, queue.running], [4, 2, 1]);
  assert.deepEqual(queue.unhandledTypes, ['test_job']);
  const [handled, unhandled] = queue.jobTypes;
  assert.deepEqual(unhandled, {
    jobType: 'test_job',
    waiting: 1,
    due: 0,
    running: 1,
    oldestDueAt: null,
    handled: false,
  });
  assert.deepEqual([handled?.waiting, handled?.due, handled?.running], [3, 2, 0]);
  assert.equal(Date.parse(handled?.oldestDueAt ?? ''), oldest.getTime());
  assert.equal(queue.oldestDueAt, handled?.oldestDueAt);
});

databaseTest('get_queue_state: what nobody can run does not make the queue late', async (sql) => {
  await prepareQueue(sql);
  await insertJob(sql, { scheduled_at: secondsAgo(500) });
  const queue = await queueState(sql);
  assert.equal(queue.oldestDueAt, null);
  assert.ok(queue.jobTypes[0]?.oldestDueAt);
});

databaseTest('get_queue_state: counts stop at 10001', async (sql) => {
  await prepareQueue(sql);
  await sql`
    insert into puppet_jobs (user_id, job_type, priority)
    select gen_random_uuid(), t, 1 + n % 10
    from generate_series(1, 10500) n, unnest('{one,two}'::text[]) t
  `;
  await claim(sql, { types: ['one'], limit: 3 });
  const queue = await queueState(sql);
  assert.deepEqual([queue.waiting, queue.due, queue.running], [10001, 10001, 3]);
  assert.deepEqual(queue.jobTypes.map(({ waiting, due }) => [waiting, due]), [
    [10001, 10001],
    [10001, 10001],
  ]);
});

/** Jobs of so many types; those of few digits are sorted among the others. */
async function insertTypes(sql: Sql, types: number, each: number): Promise<void> {
  await sql`
    insert into puppet_jobs (user_id, job_type)
    select gen_random_uuid(), 't' || lpad(t::text, 5, '0')
    from generate_series(1, ${types}) t, generate_series(1, ${each})
  `;
}

databaseTest('get_queue_state: many types share one budget of rows', async (sql) => {
  await prepareQueue(sql);
  await insertTypes(sql, 80, 1);
  await sql`
    insert into puppet_jobs (user_id, job_type)
    select gen_random_uuid(), 't00007' from generate_series(1, 600)
  `;
  const queue = await queueState(sql);
  assert.deepEqual([queue.countedUpTo, queue.moreJobTypes], [250, false]);
  const { waiting, due } = queue.jobTypes[6]!;
  assert.deepEqual([waiting, due, queue.waiting, queue.due], [251, 251, 330, 330]);
});

databaseTest('get_queue_state: 10,000 types are not listed, handled ones are', async (sql) => {
  await prepareQueue(sql);
  await insertTypes(sql, 10_000, 1);
  await sql`select register_handled_types('{t09999,t00300,idle}')`;
  const queue = await queueState(sql);
  assert.deepEqual([queue.countedUpTo, queue.moreJobTypes], [200, true]);
  const types = queue.jobTypes.map(({ jobType }) => jobType);
  assert.deepEqual([types.length, types[0], types[1]], [100, 't00300', 't09999']);
  assert.deepEqual([types[2], types[99]], ['t00001', 't00098']);
  assert.deepEqual(queue.unhandledTypes, types.slice(2));
});

databaseTest('get_queue_state: 100 types are all there are', async (sql) => {
  await prepareQueue(sql);
  await insertTypes(sql, 100, 1);
  await sql`select register_handled_types('{t00100,t00001}')`;
  await claim(sql, { types: ['t00001', 't00050'] });
  const queue = await queueState(sql);
  assert.deepEqual([queue.moreJobTypes, queue.jobTypes.length], [false, 100]);
  assert.deepEqual([queue.waiting, queue.running], [98, 2]);
});
