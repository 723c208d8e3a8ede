import assert from 'node:assert/strict';
import { actAs, databaseTest, type Sql } from './database.ts';
import { prepareTicks, receipts } from './ticks.ts';

const COUNTS = { totalJobs: 3, successfulJobs: 2, failedJobs: 1 };

async function receipt(sql: Sql, started = true): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into puppet_tick_receipts (started_at)
    values (case when ${started} then clock_timestamp() end)
    returning id
  `;
  return row!.id;
}

async function finish(sql: Sql, id: string, counts: unknown = COUNTS): Promise<boolean> {
  const [row] = await sql<{ finished: boolean }[]>`
    select finish_tick(${id}, ${JSON.stringify(counts)}::text::jsonb) as finished
  `;
  return row!.finished;
}

databaseTest('finish_tick: an accepted call is closed with what its run did', async (sql) => {
  await prepareTicks(sql);
  const id = await receipt(sql);
  await actAs(sql, 'service_role');
  assert.equal(await finish(sql, id), true);
  const [row] = await receipts(sql);
  assert.deepEqual(row!.counts, COUNTS);
  assert.ok(row!.finished_at! >= row!.started_at!);
});

databaseTest('finish_tick: a call that was never accepted cannot be closed', async (sql) => {
  await prepareTicks(sql);
  assert.equal(await finish(sql, await receipt(sql, false)), false);
  assert.equal((await receipts(sql))[0]!.finished_at, null);
});

databaseTest('finish_tick: the first counts stay', async (sql) => {
  await prepareTicks(sql);
  const id = await receipt(sql);
  await finish(sql, id);
  assert.equal(await finish(sql, id, { totalJobs: 99 }), false);
  assert.deepEqual((await receipts(sql))[0]!.counts, COUNTS);
});

databaseTest('finish_tick: an unknown receipt is not closed', async (sql) => {
  assert.equal(await finish(sql, '00000000-0000-4000-8000-0000000000aa'), false);
});
