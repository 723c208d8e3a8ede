import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { ageAttempt, insertAttempt } from './history.ts';
import { historyOf, insertJob } from './jobs.ts';

async function prune(sql: Sql, days: number | null, limit: number | null): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select prune_retry_history(${days}, ${limit}) as count
  `;
  return row!.count;
}

/** A job with one attempt for each age in days. */
async function jobWithAttempts(sql: Sql, ages: number[]): Promise<string> {
  const id = await insertJob(sql);
  for (const [n, days] of ages.entries()) {
    const columns = { attempt_number: n + 1, logged_by: n % 2 ? 'caller' : 'engine' };
    await ageAttempt(sql, await insertAttempt(sql, id, columns), days * 24);
  }
  return id;
}

databaseTest(
  'prune_retry_history: attempts older than 90 days go, their job stays',
  async (sql) => {
    const id = await jobWithAttempts(sql, [92, 91, 89, 0]);
    await actAs(sql, 'service_role');
    const [row] = await sql`select prune_retry_history() as count`;
    assert.equal(row!.count, 2);
    assert.deepEqual((await historyOf(sql, id)).map((attempt) => attempt.attempt_number), [3, 4]);
  },
);

databaseTest('prune_retry_history: the days are the caller’s to choose', async (sql) => {
  const id = await jobWithAttempts(sql, [8, 6]);
  assert.equal(await prune(sql, 7, 1000), 1);
  assert.equal((await historyOf(sql, id)).length, 1);
});

databaseTest('prune_retry_history: one call removes at most its limit', async (sql) => {
  await jobWithAttempts(sql, [100, 100, 100]);
  assert.equal(await prune(sql, 90, 2), 2);
  assert.equal(await prune(sql, 90, 2), 1);
  assert.equal(await prune(sql, 90, 2), 0);
});

databaseTest('prune_retry_history: days and limits that make no sense are refused', async (sql) => {
  for (
    const [days, limit] of [[0, 1], [-1, 1], [null, 1], [90, 0], [90, -1], [90, null]] as const
  ) {
    const refused = await refusal(sql, (s) => prune(s, days, limit));
    assert.equal(refused.code, 'PT400', `${days} ${limit}`);
    assert.ok(refused.hint);
  }
  assert.match((await refusal(sql, (s) => prune(s, 2_147_483_647, 1))).code, /^PT400$/);
});
