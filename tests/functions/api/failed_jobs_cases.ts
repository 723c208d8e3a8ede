import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import type { Database } from '../../../shared/database.types.ts';
import { answerOf, type ApiFixture, apiOver, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { type Actor, USERS } from './users.ts';

const PATH = '/puppet/failed-jobs';

/** The ids of a page's jobs. */
async function list({ send }: ApiFixture, actor: Actor, query: string): Promise<string[]> {
  const page = await answerOf(await send(actor, 'GET', `${PATH}?${query}`));
  return page.jobs.map((job: { id: string }) => job.id);
}

/** Failed jobs of a new type, ended so many minutes ago, the oldest first. */
async function failedJobs(api: ApiFixture, jobs: Parameters<ApiFixture['insertFailedJob']>[0][]) {
  const job_type = `failed_${crypto.randomUUID()}`;
  const ids = [];
  for (const [n, job] of jobs.entries()) {
    const completed_at = new Date(Date.now() - (jobs.length - n) * 60_000).toISOString();
    ids.push(await api.insertFailedJob({ job_type, completed_at, ...job }));
  }
  return { type: job_type, ids };
}

export const failedJobCases: Cases = {
  'the example of old: at least so many retries': async (api) => {
    const { type, ids } = await failedJobs(
      api,
      [4, 5, 6].map((retry_count) => ({ retry_count })),
    );
    const [four, five, six] = ids;
    const found = (retryCount: string) =>
      list(api, 'owner', `status=permanently_failed&retryCount=${retryCount}&jobType=${type}`);
    assert.deepEqual(await found('>5'), [six, five]);
    assert.deepEqual(await found('%3E5'), [six, five]);
    assert.deepEqual(await found('>=5'), [six, five]);
    assert.deepEqual(await found('5'), [five]);
    assert.deepEqual(await found('eq.5'), [five]);
    assert.deepEqual(await found('gt.5'), [six]);
    assert.deepEqual(await found('gte.5'), [six, five]);
    assert.deepEqual(await found('lt.5'), [four]);
    assert.deepEqual(await found('lte.5'), [five, four]);
    assert.deepEqual(await found('<5'), [five, four]);
  },

  'nonsense for a number is 400': async ({ send }) => {
    for (const text of ['', '>', '-1', 'five', '>>5', '5.5', 'gt5', '1e3', '99999999999']) {
      const response = await send('owner', 'GET', `${PATH}?retryCount=${text}`);
      const problem = await assertProblem(response, 400, 'invalid_request');
      assert.equal(problem.errors[0].field, 'retryCount');
    }
  },

  'owners see their own, the service sees all': async (api) => {
    const { type, ids } = await failedJobs(api, [{}, { user_id: USERS.other.sub }]);
    assert.deepEqual(await list(api, 'owner', `jobType=${type}`), [ids[0]]);
    assert.deepEqual(await list(api, 'other', `jobType=${type}`), [ids[1]]);
    assert.deepEqual(await list(api, 'admin', `jobType=${type}`), []);
    assert.deepEqual(await list(api, 'service', `jobType=${type}`), [ids[1], ids[0]]);
  },

  'pages follow one another without a gap or a repetition, also at equal times': async (api) => {
    const completed_at = '2026-02-03T04:05:06.123456+00:00';
    const { type, ids } = await failedJobs(api, Array(7).fill({ completed_at }));
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 9; pages++) {
      const after: string = cursor && `&cursor=${cursor}`;
      const path = `${PATH}?jobType=${type}&limit=2${after}`;
      const page = await answerOf(await api.send('owner', 'GET', path));
      assert.ok(page.jobs.length <= 2);
      seen.push(...page.jobs.map((job: { id: string }) => job.id));
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, ids.sort().reverse());
  },

  'failed are those that wait for their retry': async (api) => {
    const { type } = await failedJobs(api, [{}]);
    const waiting = await api.insertJob({
      job_type: type,
      status: 'queued',
      final_status: 'failed',
      next_retry_at: new Date(Date.now() + 60_000).toISOString(),
    });
    assert.deepEqual(await list(api, 'owner', `status=failed&jobType=${type}`), [waiting]);
    const page = await answerOf(
      await api.send('owner', 'GET', `${PATH}?status=failed&jobType=${type}`),
    );
    assert.equal(page.nextCursor, null);
  },

  'a window of time, and an error type': async (api) => {
    const { type, ids } = await failedJobs(api, [
      { completed_at: '2026-01-01T00:00:00Z', last_error_type: 'network' },
      { completed_at: '2026-01-02T00:00:00Z', last_error_type: 'timeout' },
    ]);
    const found = (query: string) => list(api, 'service', `jobType=${type}&${query}`);
    assert.deepEqual(await found('startDate=2026-01-02'), [ids[1]]);
    assert.deepEqual(await found('endDate=2026-01-02T01:00:00%2B01:00'), [ids[0]]);
    assert.deepEqual(await found('errorType=timeout'), [ids[1]]);
  },

  'a date is its midnight in UTC, wherever the database believes to be': async () => {
    const asked: string[] = [];
    const client = createClient<Database>('http://127.0.0.1:9', 'key', {
      auth: { persistSession: false, autoRefreshToken: false },
      global: {
        async fetch(input, init) {
          asked.push(await new Request(input, init).text());
          return Response.json({ message: 'away' }, { status: 502 });
        },
      },
    });
    const app = apiOver(client);
    for (const path of ['failed-jobs', 'retry-history', 'retry-analytics']) {
      await app.request(`/api/puppet/${path}?startDate=2026-01-31&endDate=2026-02-01`);
    }
    assert.equal(asked.length, 3);
    for (const body of asked) {
      const { p_start, p_end } = JSON.parse(body);
      assert.deepEqual([p_start, p_end], ['2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z']);
    }
  },

  'what is unknown, twice or out of range is 400': async ({ send }) => {
    for (
      const query of [
        'retry_count=5',
        'status=running',
        'status=permanently_failed&status=cancelled',
        'limit=0',
        'limit=201',
        'limit=ten',
        'cursor=x',
        `cursor=${btoa('["2026-01-01","no"]')}`,
        `cursor=${btoa('["2026-01-01T00:00:00Z),user_id.neq.x","a"]')}`,
        'startDate=yesterday',
        'startDate=2026-01-02T01:00:00+01:00',
        'jobType=',
      ]
    ) {
      await assertProblem(
        await send('owner', 'GET', `${PATH}?${query}`),
        400,
        'invalid_request',
      );
    }
  },

  'a region that supabase-js adds is passed over': async ({ send }) => {
    await answerOf(await send('owner', 'GET', `${PATH}?forceFunctionRegion=eu-west-1`));
  },
};
