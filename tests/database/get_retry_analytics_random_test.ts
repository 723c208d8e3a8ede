import { analyse, assertAnalytics, expectedAnalytics } from './analytics.ts';
import { DAY_MS, FAR_AWAY, insertHistory, randomHistory } from './attempts.ts';
import { actAs, databaseTest } from './database.ts';
import { OTHER_OWNER, OWNER } from './jobs.ts';

const SEEDS = [1, 2, 3, Math.floor(Math.random() * 1_000_000)];

const start = new Date(FAR_AWAY);
const WINDOWS = [
  { start },
  { start, end: new Date(FAR_AWAY + 4 * DAY_MS) },
  { start: new Date(FAR_AWAY + 2 * DAY_MS), end: new Date(FAR_AWAY + 6.5 * DAY_MS) },
  { start: new Date(FAR_AWAY + 3 * DAY_MS), jobType: 'examined' },
  { start, end: new Date(FAR_AWAY + 1) },
  { start, jobType: 'unheard_of' },
];

for (const seed of SEEDS) {
  databaseTest(
    `get_retry_analytics: equals brute force over 300 random jobs, seed ${seed}`,
    async (sql) => {
      const history = randomHistory(seed);
      await insertHistory(sql, history);
      for (const window of WINDOWS) {
        const what = `seed ${seed}, ${JSON.stringify(window)}`;
        assertAnalytics(await analyse(sql, window), expectedAnalytics(history, window), what);
      }
      for (const owner of [OWNER, OTHER_OWNER]) {
        await actAs(sql, 'none');
        await actAs(sql, 'authenticated', { sub: owner });
        for (const window of WINDOWS) {
          const what = `seed ${seed}, ${JSON.stringify(window)}, owner ${owner}`;
          assertAnalytics(
            await analyse(sql, window),
            expectedAnalytics(history, window, owner),
            what,
          );
        }
      }
    },
  );
}

databaseTest('get_retry_analytics: counts beyond the 1,000 rows of the Data API', async (sql) => {
  const history = randomHistory(4, 900);
  await insertHistory(sql, history);
  const expected = expectedAnalytics(history, { start });
  if (expected.totalRetries <= 1_000) throw new Error('too few retries to show it');
  assertAnalytics(await analyse(sql, { start }), expected, 'seed 4');
});
