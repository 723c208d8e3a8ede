import assert from 'node:assert/strict';
import type { TablesInsert } from '../../../shared/database.types.ts';
import { answerOf, type ApiFixture, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { type Actor, USERS } from './users.ts';

type Attempt = Partial<TablesInsert<'puppet_job_retry_history'>>;

/** Inserts attempts of one new job of a new type, one an hour. */
async function attempts({ insertJob, client }: ApiFixture, rows: Attempt[]) {
  const job_type = `history_${crypto.randomUUID()}`;
  const job_id = await insertJob({ job_type });
  const { error } = await client.from('puppet_job_retry_history').insert(
    rows.map((row, n) => ({
      job_id,
      job_type,
      user_id: USERS.owner.sub,
      attempt_number: n + 1,
      attempted_at: `2026-01-01T0${n}:00:00.000001Z`,
      success: false,
      error_type: 'network',
      decision: 'retry_scheduled',
      logged_by: 'engine',
      execution_context: { region: 'eu' },
      ...row,
    })),
  );
  assert.equal(error, null);
  return { job_id, job_type };
}

async function numbers({ send }: ApiFixture, actor: Actor, path: string): Promise<number[]> {
  const page = await answerOf(await send(actor, 'GET', path));
  return page.attempts.map((attempt: { attemptNumber: number }) => attempt.attemptNumber);
}

export const retryHistoryCases: Cases = {
  "a job's history has the first attempt first, page by page": async (api) => {
    const { job_id } = await attempts(api, [{}, {}, {}]);
    const path = `/puppet/jobs/${job_id}/history?limit=2`;
    const first = await answerOf(await api.send('owner', 'GET', path));
    assert.deepEqual(first.attempts[0].executionContext, { region: 'eu' });
    assert.deepEqual(await numbers(api, 'owner', path), [1, 2]);
    assert.deepEqual(await numbers(api, 'owner', `${path}&cursor=${first.nextCursor}`), [3]);
  },

  'a job without attempts has an empty history': async (api) => {
    const path = `/puppet/jobs/${await api.insertJob()}/history`;
    const page = await answerOf(await api.send('owner', 'GET', path));
    assert.deepEqual(page, { attempts: [], nextCursor: null });
  },

  'the list has the latest attempt first, page by page': async (api) => {
    const { job_type } = await attempts(api, [{}, {}, {}]);
    const path = `/puppet/retry-history?jobType=${job_type}&limit=2`;
    const page = await answerOf(await api.send('owner', 'GET', path));
    assert.deepEqual(await numbers(api, 'owner', path), [3, 2]);
    assert.deepEqual(await numbers(api, 'owner', `${path}&cursor=${page.nextCursor}`), [1]);
  },

  'each filter leaves out what it says': async (api) => {
    const { job_id } = await attempts(api, [
      { error_type: 'timeout' },
      { decision: 'max_retries_reached' },
      { success: true, error_type: null, decision: 'succeeded' },
    ]);
    const found = (query: string) =>
      numbers(api, 'service', `/puppet/retry-history?jobId=${job_id}&${query}`);
    assert.deepEqual(await found('success=true'), [3]);
    assert.deepEqual(await found('success=false'), [2, 1]);
    assert.deepEqual(await found('errorType=timeout'), [1]);
    assert.deepEqual(await found('decision=max_retries_reached'), [2]);
    assert.deepEqual(await found('attemptNumber=2'), [2]);
    assert.deepEqual(await found('startDate=2026-01-01T01:00:00Z'), [3, 2]);
    assert.deepEqual(await found('endDate=2026-01-01T01:00:00Z'), [1]);
  },

  'owners see their own attempts alone': async (api) => {
    const { job_type } = await attempts(api, [{}]);
    const path = `/puppet/retry-history?jobType=${job_type}`;
    assert.deepEqual(await numbers(api, 'other', path), []);
    assert.deepEqual(await numbers(api, 'owner', path), [1]);
    assert.deepEqual(await numbers(api, 'service', path), [1]);
  },

  'what is unknown or no number is 400': async ({ send }) => {
    for (const query of ['job=1', 'success=yes', 'jobId=1', 'attemptNumber=0', 'cursor=x']) {
      const response = await send('owner', 'GET', `/puppet/retry-history?${query}`);
      await assertProblem(response, 400, 'invalid_request');
    }
  },
};
