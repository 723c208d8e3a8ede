import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

/** The field that the request is refused for. */
async function fieldAtFault(response: Response): Promise<string> {
  return (await assertProblem(response, 400, 'invalid_request')).errors[0].field;
}

export const storableCases: Cases = {
  'a text or moment that Postgres cannot hold names its field': async ({ send }) => {
    const bodies: [string, unknown][] = [
      ['jobType', { jobType: 'a\0' }],
      ['jobType', { jobType: 'a\ud800' }],
      ['idempotencyKey', { idempotencyKey: 'a\0' }],
      ['jobConfig', { jobConfig: { a: ['\0'] } }],
      ['jobConfig', { jobConfig: { 'a\ud800': 1 } }],
      ['scheduledAt', { scheduledAt: '2999-01-01T00:00:00+23:59' }],
      ['scheduledAt', { scheduledAt: '0000-01-01T00:00:00Z' }],
      ['deadlineAt', { deadlineAt: `2999-01-01T00:00:00.${'1'.repeat(200)}Z` }],
    ];
    for (const [expected, body] of bodies) {
      const response = await send('owner', 'POST', '/puppet/jobs', body);
      assert.equal(await fieldAtFault(response), expected, JSON.stringify(body));
    }
    for (
      const [expected, query] of [
        ['startDate', 'startDate=0000-01-01'],
        ['startDate', 'startDate=2026-01-01T00:00:00%2B23:59'],
        ['jobType', 'jobType=a%00'],
        ['errorType', 'errorType=a%00'],
      ]
    ) {
      const path = `/puppet/failed-jobs?${query}`;
      assert.equal(await fieldAtFault(await send('owner', 'GET', path)), expected);
    }
  },

  'so does a moment of a retry': async (api) => {
    const path = `/puppet/jobs/${await api.insertFailedJob()}/retry`;
    for (const field of ['runAt', 'deadlineAt']) {
      for (const time of ['2999-01-01T00:00:00+23:00', '0000-01-01T00:00:00Z']) {
        const response = await api.send('owner', 'POST', path, { [field]: time });
        assert.equal(await fieldAtFault(response), field, time);
      }
    }
  },

  'every other moment is taken': async ({ send }) => {
    for (const time of ['2999-01-01T00:00:00.123456+15:59', '2999-01-01T00:00:00Z']) {
      await answerOf(await send('owner', 'POST', '/puppet/jobs', { scheduledAt: time }), 201);
    }
  },

  'a cursor of another list is 400': async (api) => {
    const job_type = `cursor_${crypto.randomUUID()}`;
    for (let n = 0; n < 2; n++) await api.insertFailedJob({ job_type });
    const path = `/puppet/failed-jobs?jobType=${job_type}&limit=1`;
    const { nextCursor } = await answerOf(await api.send('owner', 'GET', path));
    await answerOf(await api.send('owner', 'GET', `${path}&cursor=${nextCursor}`));
    const elsewhere = [
      `/puppet/jobs/${await api.insertJob()}/history?cursor=${nextCursor}`,
      `/puppet/retry-history?cursor=${nextCursor}`,
      `/puppet/failed-jobs?status=failed&cursor=${nextCursor}`,
    ];
    for (const other of elsewhere) {
      assert.equal(await fieldAtFault(await api.send('owner', 'GET', other)), 'cursor');
    }
  },
};
