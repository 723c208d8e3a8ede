import assert from 'node:assert/strict';
import { hc } from 'hono/client';
import type { Api } from '../../../functions/api/app.ts';
import type { ApiFixture } from './api_fixture.ts';
import type { Cases } from './cases.ts';

/** The client of `hono/client`, typed by the routes themselves. */
function clientOf({ app, headersOf }: ApiFixture) {
  return hc<Api>('http://localhost', {
    headers: headersOf('owner'),
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => await app.request(input, init),
  });
}

export const clientCases: Cases = {
  'hono/client enqueues and reads, typed': async (api) => {
    const { puppet } = clientOf(api).api;
    const enqueued = await puppet.jobs.$post({
      json: { jobType: 'api_test', jobConfig: { n: 1 }, priority: 4 },
    });
    assert.ok(enqueued.status === 201);
    const { jobId } = await enqueued.json();
    const read = await puppet.jobs[':jobId'].$get({ param: { jobId } });
    assert.ok(read.status === 200);
    const job = await read.json();
    const priority: number = job.priority;
    assert.deepEqual([job.status, priority], ['pending', 4]);
  },

  'hono/client lists, retries and gets typed problems': async (api) => {
    const { puppet } = clientOf(api).api;
    const jobId = await api.insertFailedJob({ retry_count: 9 });
    const listed = await puppet['failed-jobs'].$get({ query: { retryCount: '>9', limit: '200' } });
    assert.ok(listed.status === 200);
    const { jobs } = await listed.json();
    assert.ok(jobs.some(({ id }) => id === jobId));

    const retry = puppet.jobs[':jobId'].retry.$post;
    const request = { param: { jobId }, json: { reason: 'typed' }, header: {} };
    const retried = await retry(request);
    assert.ok(retried.status === 200);
    assert.equal((await retried.json()).status, 'queued');
    const missing = await retry({ ...request, param: { jobId: crypto.randomUUID() } });
    assert.ok(missing.status === 404);
    const code: string = (await missing.json()).code;
    assert.equal(code, 'job_not_found');
  },
};
