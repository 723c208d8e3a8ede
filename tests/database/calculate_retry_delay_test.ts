import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { OWNER } from './jobs.ts';

async function calculate(sql: Sql, retryCount: number, jitter = false): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select calculate_retry_delay(${retryCount}, p_jitter_enabled => ${jitter}) as seconds
  `;
  return row!.seconds;
}

databaseTest('calculate_retry_delay: the defaults double from 2 h to a day', async (sql) => {
  const seconds = [];
  for (let n = 0; n <= 5; n++) seconds.push(await calculate(sql, n));
  assert.deepEqual(seconds, [7200, 14400, 28800, 57600, 86400, 86400]);
});

databaseTest('calculate_retry_delay: a retry count alone is enough, with jitter', async (sql) => {
  const rows = await sql<{ first: number; last: number }[]>`
    select calculate_retry_delay(0) as first, calculate_retry_delay(9) as last
    from generate_series(1, 50)
  `;
  for (const { first, last } of rows) {
    assert.ok(first >= 7200 && first <= 7500, `first is ${first}`);
    assert.ok(last >= 86100 && last <= 86400, `last is ${last}`);
  }
  assert.ok(new Set(rows.map((row) => row.first)).size > 5);
  assert.ok(new Set(rows.map((row) => row.last)).size > 5);
});

databaseTest('calculate_retry_delay: every argument counts', async (sql) => {
  const [row] = await sql<{ wait: number; fixed: number; capped: number }[]>`
    select calculate_retry_delay(
        p_retry_count => 2, p_base_delay_seconds => 10, p_backoff_multiplier => 3,
        p_max_delay_seconds => 1000, p_jitter_enabled => false) as wait,
      calculate_retry_delay(7, 10, 1, 1000, false, 0) as fixed,
      calculate_retry_delay(7, 10, 3, 1000, true, 0) as capped
  `;
  assert.deepEqual({ ...row }, { wait: 90, fixed: 10, capped: 1000 });
});

databaseTest('calculate_retry_delay: a base above the maximum waits the maximum', async (sql) => {
  const [row] = await sql<{ seconds: number }[]>`
    select calculate_retry_delay(0, 5000, 2, 1000, false) as seconds
  `;
  assert.equal(row!.seconds, 1000);
});

databaseTest('calculate_retry_delay: the largest numbers do not overflow', async (sql) => {
  const [row] = await sql<{ million: number; most: number }[]>`
    select calculate_retry_delay(1000000, 7200, 10, 86400, false) as million,
      calculate_retry_delay(2147483647, 2147483647, 100, 2147483647, true, 2147483647) as most
  `;
  assert.equal(row!.million, 86400);
  assert.ok(row!.most > 0);
});

databaseTest('calculate_retry_delay: nonsense is refused with what to do', async (sql) => {
  const calls = [
    'calculate_retry_delay(-1)',
    'calculate_retry_delay(null)',
    'calculate_retry_delay(0, 0)',
    'calculate_retry_delay(0, p_backoff_multiplier => 0.5)',
    'calculate_retry_delay(0, p_max_delay_seconds => 0)',
    'calculate_retry_delay(0, p_max_jitter_seconds => -1)',
    'calculate_retry_delay(0, p_jitter_enabled => null)',
  ];
  for (const call of calls) {
    const refused = await refusal(sql, (s) => s.unsafe(`select ${call}`));
    assert.equal(refused.code, 'PT400', call);
    assert.match(refused.message, /Cannot calculate a delay/);
    assert.ok(refused.hint, call);
  }
});

databaseTest('calculate_retry_delay: a signed-in user may ask', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER });
  assert.equal(await calculate(sql, 0), 7200);
});
