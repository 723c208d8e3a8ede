import assert from 'node:assert/strict';
import { answerOf, type ApiFixture, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

const PATH = '/puppet/retry-analytics';

/** One failed attempt and one retry that succeeded, both now or so many days ago. */
async function recovered({ insertJob, client }: ApiFixture, daysAgo = 0): Promise<string> {
  const job_type = `analytics_${crypto.randomUUID()}`;
  const job_id = await insertJob({ job_type });
  const row = {
    job_id,
    job_type,
    user_id: USERS.owner.sub,
    attempted_at: new Date(Date.now() - daysAgo * 86_400_000 - 1000).toISOString(),
    logged_by: 'engine',
  };
  const { error } = await client.from('puppet_job_retry_history').insert([
    {
      ...row,
      attempt_number: 1,
      success: false,
      is_retry: false,
      error_type: 'network',
      decision: 'retry_scheduled',
      delay_seconds: 60,
    },
    {
      ...row,
      attempt_number: 2,
      success: true,
      is_retry: true,
      error_type: null,
      decision: 'succeeded',
      delay_seconds: null,
    },
  ]);
  assert.equal(error, null);
  return job_type;
}

export const retryAnalyticsCases: Cases = {
  'the example of old: one type, so many days': async (api) => {
    const type = await recovered(api, 10);
    const ask = async (days: number) =>
      await answerOf(await api.send('owner', 'GET', `${PATH}?jobType=${type}&days=${days}`));
    const month = await ask(30);
    assert.equal(month.successfulRetries / month.totalRetries * 100, 100);
    assert.deepEqual([month.averageDelaySeconds, month.averageAttemptsToSuccess], [60, 2]);
    assert.deepEqual(month.commonErrorTypes, [{ errorType: 'network', count: 1 }]);
    assert.ok(Math.abs(Date.parse(month.startDate) - Date.now() + 30 * 86_400_000) < 60_000);
    assert.equal((await ask(5)).totalRetries, 0);
  },

  'a window by its dates': async (api) => {
    const type = await recovered(api);
    const total = async (query: string) => {
      const path = `${PATH}?jobType=${type}&${query}`;
      return (await answerOf(await api.send('service', 'GET', path))).totalRetries;
    };
    assert.equal(await total('startDate=2024-01-01T00:00:00Z'), 1);
    assert.equal(await total('startDate=2024-01-01&endDate=2025-01-01'), 0);
    assert.equal(await total('endDate=2999-01-01'), 1);
  },

  'nothing is zero and null, never NaN': async ({ send }) => {
    const none = await answerOf(await send('owner', 'GET', `${PATH}?jobType=none_of_these`));
    assert.deepEqual([none.totalRetries, none.successRate], [0, null]);
    assert.deepEqual(none.jobTypeBreakdown, []);
  },

  'owners get what is theirs, the service all': async (api) => {
    const path = `${PATH}?jobType=${await recovered(api)}`;
    assert.equal((await answerOf(await api.send('other', 'GET', path))).totalRetries, 0);
    assert.equal((await answerOf(await api.send('owner', 'GET', path))).totalRetries, 1);
    assert.equal((await answerOf(await api.send('service', 'GET', path))).totalRetries, 1);
  },

  'days beside dates, and nonsense, is 400': async ({ send }) => {
    for (const query of ['days=3&startDate=2026-01-01', 'days=0', 'days=x', 'startDate=now']) {
      const response = await send('owner', 'GET', `${PATH}?${query}`);
      await assertProblem(response, 400, 'invalid_request');
    }
  },
};
