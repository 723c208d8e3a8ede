import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';

interface Delay {
  delay_seconds: number;
  jitter_seconds: number;
}

const STRATEGIES = ['additive', 'full', 'equal'];
const NO_JITTER = { jitter_enabled: false };

async function delay(
  sql: Sql,
  retryCount: number,
  u: number,
  policy: Record<string, unknown>,
  retryAfter: number | null = null,
): Promise<Delay> {
  await sql`delete from puppet_job_retry_config where job_type = 'delay'`;
  await sql`insert into puppet_job_retry_config ${sql({ job_type: 'delay', ...policy })}`;
  const [row] = await sql<Delay[]>`
    select d.*
    from puppet_job_retry_config c
    cross join lateral puppet_private.retry_delay(${retryCount}, c, ${retryAfter}, ${u}) d
    where c.job_type = 'delay'
  `;
  return row!;
}

/** The seconds to wait after each of the first failures, at one random number. */
async function delays(sql: Sql, count: number, u: number, policy: Record<string, unknown>) {
  const seconds = [];
  for (let n = 0; n < count; n++) seconds.push((await delay(sql, n, u, policy)).delay_seconds);
  return seconds;
}

databaseTest('retry_delay: the defaults without jitter double up to a day', async (sql) => {
  const seconds = await delays(sql, 7, 0, NO_JITTER);
  assert.deepEqual(seconds, [7200, 14400, 28800, 57600, 86400, 86400, 86400]);
});

databaseTest('retry_delay: without jitter the random number changes nothing', async (sql) => {
  for (const jitter_strategy of STRATEGIES) {
    const policy = { ...NO_JITTER, jitter_strategy };
    assert.deepEqual(await delays(sql, 5, 1, policy), await delays(sql, 5, 0, policy));
    assert.deepEqual(await delays(sql, 2, 0.5, policy), [7200, 14400]);
  }
});

databaseTest('retry_delay: additive adds up to max_jitter and stays below the cap', async (sql) => {
  assert.deepEqual(await delays(sql, 6, 0, {}), [7200, 14400, 28800, 57600, 86100, 86100]);
  assert.deepEqual(await delays(sql, 6, 1, {}), [7500, 14700, 29100, 57900, 86400, 86400]);
});

databaseTest('retry_delay: full spreads from a second to the whole wait', async (sql) => {
  const policy = { jitter_strategy: 'full' };
  assert.deepEqual(await delays(sql, 6, 0, policy), [1, 1, 1, 1, 1, 1]);
  assert.deepEqual(await delays(sql, 6, 1, policy), [7200, 14400, 28800, 57600, 86400, 86400]);
  assert.equal((await delay(sql, 0, 0.5, policy)).delay_seconds, 3600);
});

databaseTest('retry_delay: equal spreads over the upper half of the wait', async (sql) => {
  const policy = { jitter_strategy: 'equal' };
  assert.deepEqual(await delays(sql, 6, 0, policy), [3600, 7200, 14400, 28800, 43200, 43200]);
  assert.deepEqual(await delays(sql, 6, 1, policy), [7200, 14400, 28800, 57600, 86400, 86400]);
});

databaseTest('retry_delay: delays at the cap still spread', async (sql) => {
  const seconds = new Set<number>();
  for (const u of [0, 0.25, 0.5, 0.75, 1]) {
    seconds.add((await delay(sql, 50, u, {})).delay_seconds);
  }
  assert.deepEqual([...seconds], [86100, 86175, 86250, 86325, 86400]);
});

databaseTest('retry_delay: jitter takes at most half of a short cap', async (sql) => {
  const policy = { base_delay_seconds: 100, max_delay_seconds: 100, max_jitter_seconds: 300 };
  assert.deepEqual(await delay(sql, 0, 0, policy), { delay_seconds: 50, jitter_seconds: 0 });
  assert.deepEqual(await delay(sql, 0, 1, policy), { delay_seconds: 100, jitter_seconds: 50 });
});

databaseTest('retry_delay: a multiplier of 1 waits the same each time', async (sql) => {
  const policy = { ...NO_JITTER, backoff_multiplier: 1 };
  assert.deepEqual(await delays(sql, 4, 0, policy), [7200, 7200, 7200, 7200]);
  assert.equal((await delay(sql, 1_000_000, 0, policy)).delay_seconds, 7200);
});

databaseTest('retry_delay: a broken multiplier is right to the second', async (sql) => {
  const policy = {
    ...NO_JITTER,
    base_delay_seconds: 3600,
    backoff_multiplier: 1.5,
    max_delay_seconds: 43200,
  };
  assert.deepEqual(await delays(sql, 9, 0, policy), [
    3600,
    5400,
    8100,
    12150,
    18225,
    27338,
    41006,
    43200,
    43200,
  ]);
});

databaseTest('retry_delay: a schedule replaces the formula and its last repeats', async (sql) => {
  const policy = { ...NO_JITTER, delay_schedule_seconds: [60, 300, 900] };
  assert.deepEqual(await delays(sql, 5, 0, policy), [60, 300, 900, 900, 900]);
  assert.equal((await delay(sql, 2_147_483_647, 0, policy)).delay_seconds, 900);
});

databaseTest('retry_delay: a schedule is jittered as a formula is', async (sql) => {
  const policy = { delay_schedule_seconds: [1000, 2000] };
  assert.deepEqual(await delays(sql, 3, 1, policy), [1300, 2300, 2300]);
  assert.deepEqual(
    await delays(sql, 3, 0.5, { ...policy, jitter_strategy: 'equal' }),
    [750, 1500, 1500],
  );
});

databaseTest('retry_delay: nothing waits longer than the maximum', async (sql) => {
  const shapes = [
    {},
    { max_jitter_seconds: 1_000_000 },
    { base_delay_seconds: 86399 },
    { base_delay_seconds: 1, max_delay_seconds: 1 },
    { base_delay_seconds: 1, max_delay_seconds: 7, backoff_multiplier: 1.7 },
    { delay_schedule_seconds: [10, 999_999] },
  ];
  for (const shape of shapes) {
    for (const jitter_strategy of STRATEGIES) {
      for (const [n, u] of [[0, 1], [1, 1], [1, 0.99], [3, 0], [40, 1], [40, 0.5]] as const) {
        const { delay_seconds } = await delay(sql, n, u, { ...shape, jitter_strategy });
        const max = shape.max_delay_seconds ?? 86400;
        assert.ok(delay_seconds <= max, `${JSON.stringify(shape)} ${jitter_strategy} ${n} ${u}`);
        assert.ok(delay_seconds >= 0);
      }
    }
  }
});

databaseTest('retry_delay: the largest numbers do not overflow', async (sql) => {
  for (const backoff_multiplier of [10, 100]) {
    for (const n of [308, 1_000_000, 2_147_483_647]) {
      const policy = { backoff_multiplier, max_delay_seconds: 2_147_483_647, ...NO_JITTER };
      assert.equal((await delay(sql, n, 1, policy)).delay_seconds, 2_147_483_647);
      assert.equal((await delay(sql, n, 1, { backoff_multiplier })).delay_seconds, 86400);
    }
  }
});

databaseTest('retry_delay: a Retry-After below the delay changes nothing', async (sql) => {
  assert.equal((await delay(sql, 0, 0, {}, 60)).delay_seconds, 7200);
  assert.equal((await delay(sql, 0, 1, {}, 60)).delay_seconds, 7500);
  assert.equal((await delay(sql, 0, 0, {}, 0)).delay_seconds, 7200);
});

databaseTest('retry_delay: a Retry-After above the delay is kept, plus jitter', async (sql) => {
  assert.equal((await delay(sql, 0, 0, {}, 10_000)).delay_seconds, 10_000);
  assert.equal((await delay(sql, 0, 1, {}, 10_000)).delay_seconds, 10_300);
  assert.equal((await delay(sql, 0, 1, NO_JITTER, 10_000)).delay_seconds, 10_000);
});

databaseTest('retry_delay: a Retry-After may exceed max_delay up to its own cap', async (sql) => {
  assert.equal((await delay(sql, 0, 0, {}, 200_000)).delay_seconds, 200_000);
  assert.equal((await delay(sql, 0, 1, {}, 604_800)).delay_seconds, 604_800);
  assert.equal((await delay(sql, 0, 1, {}, 2_000_000_000)).delay_seconds, 604_800);
  const capped = { max_retry_after_seconds: 100 };
  assert.equal((await delay(sql, 0, 0, capped, 50_000)).delay_seconds, 7200);
});

databaseTest('retry_delay: a Retry-After is kept under every jitter strategy', async (sql) => {
  for (const jitter_strategy of STRATEGIES) {
    const policy = { jitter_strategy };
    assert.deepEqual(await delay(sql, 0, 1, policy, 10_000), {
      delay_seconds: 10_300,
      jitter_seconds: 300,
    });
    assert.equal((await delay(sql, 0, 0, policy, 10_000)).delay_seconds, 10_000);
  }
  // Longer than this draw of the full wait, though not than the wait itself.
  assert.deepEqual(await delay(sql, 0, 0.5, { jitter_strategy: 'full' }, 5000), {
    delay_seconds: 5150,
    jitter_seconds: 150,
  });
});

databaseTest('retry_delay: jitter_seconds is the random part of the delay', async (sql) => {
  assert.equal((await delay(sql, 0, 1, NO_JITTER)).jitter_seconds, 0);
  assert.equal((await delay(sql, 0, 0, {})).jitter_seconds, 0);
  assert.equal((await delay(sql, 0, 0.5, {})).jitter_seconds, 150);
  assert.equal((await delay(sql, 0, 0.5, { jitter_strategy: 'full' })).jitter_seconds, 3600);
  assert.equal((await delay(sql, 0, 0.5, { jitter_strategy: 'equal' })).jitter_seconds, 1800);
});

databaseTest('retry_delay: left alone it draws one random number for both answers', async (sql) => {
  const rows = await sql<Delay[]>`
    select d.*
    from puppet_job_retry_config c
    cross join generate_series(1, 40)
    cross join lateral puppet_private.retry_delay(0, c) d
    where c.job_type = 'default'
  `;
  for (const row of rows) assert.equal(row.delay_seconds - row.jitter_seconds, 7200);
  const many = await sql<{ delay_seconds: number }[]>`
    select (select d.delay_seconds from puppet_private.retry_delay(0 * g, c) d)
    from puppet_job_retry_config c
    cross join generate_series(1, 40) g
    where c.job_type = 'default'
  `;
  assert.ok(new Set(many.map((row) => row.delay_seconds)).size > 5);
});
