import assert from 'node:assert/strict';
import { connect, databaseTest, type Sql } from './database.ts';
import { insertDueJobs, prepareTicks, receipts, tick } from './ticks.ts';

/** One call serves two jobs, and at most three calls are under way. */
async function prepareSmallCalls(sql: Sql, dueJobs: number): Promise<void> {
  await prepareTicks(sql);
  await sql`update puppet_private.settings set tick_max_calls = 3, tick_jobs_per_call = 2`;
  await insertDueJobs(sql, dueJobs);
}

/** Makes all receipts look as if made so many seconds ago. */
async function age(sql: Sql, seconds: number): Promise<void> {
  await sql`
    update puppet_tick_receipts
    set created_at = created_at - make_interval(secs => ${seconds}),
      started_at = started_at - make_interval(secs => ${seconds})
  `;
}

async function startAll(sql: Sql): Promise<void> {
  await sql`update puppet_tick_receipts set started_at = clock_timestamp()`;
}

databaseTest('tick: a backlog makes more calls', async (sql) => {
  for (const [due, calls] of [[1, 1], [2, 1], [3, 2], [5, 3]] as const) {
    await sql`delete from puppet_jobs where job_type = 'test_job'`;
    await prepareSmallCalls(sql, due);
    assert.equal((await tick(sql)).calls, calls, `${due} due jobs`);
    const made = await receipts(sql);
    assert.equal(made.length, calls);
    assert.equal(new Set(made.map((receipt) => receipt.request_id)).size, calls);
  }
});

databaseTest('tick: the calls are capped however large the backlog', async (sql) => {
  await prepareSmallCalls(sql, 20);
  assert.equal((await tick(sql)).calls, 3);
  assert.equal((await tick(sql)).calls, 0);
  assert.equal((await receipts(sql)).length, 3);
});

databaseTest('tick: calls under way are taken off', async (sql) => {
  await prepareSmallCalls(sql, 1);
  assert.equal((await tick(sql)).calls, 1);
  assert.equal((await tick(sql)).calls, 0);
  await insertDueJobs(sql, 3);
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('tick: a call that runs counts, a finished one does not', async (sql) => {
  await prepareSmallCalls(sql, 1);
  await tick(sql);
  await startAll(sql);
  await age(sql, 20);
  assert.equal((await tick(sql)).calls, 0);
  await sql`update puppet_tick_receipts set finished_at = clock_timestamp()`;
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('tick: a call that nobody answered stops counting', async (sql) => {
  await prepareSmallCalls(sql, 1);
  await tick(sql);
  await age(sql, 60);
  assert.equal((await tick(sql)).calls, 1);
  const [lost] = await receipts(sql);
  assert.equal(lost!.started_at, null);
});

databaseTest('tick: a call that never finished stops counting', async (sql) => {
  await prepareSmallCalls(sql, 1);
  await tick(sql);
  await startAll(sql);
  await age(sql, 600);
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('tick: a call that could not be made does not count', async (sql) => {
  await prepareSmallCalls(sql, 1);
  await sql`insert into puppet_tick_receipts (error) values ('no Vault secret')`;
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('tick: of two at once one works and the other skips', async (sql) => {
  await prepareSmallCalls(sql, 1);
  assert.equal((await tick(sql)).calls, 1);
  const other = connect();
  try {
    const skipped = await tick(other);
    assert.deepEqual(Object.keys(skipped), ['skipped']);
  } finally {
    await other.end();
  }
});
