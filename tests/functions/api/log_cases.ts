import assert from 'node:assert/strict';
import { createApi } from '../../../functions/api/app.ts';
import { PuppetRetryError } from '../../../shared/errors.ts';
import { listeningLogger } from '../../shared/workspace.ts';
import type { Cases } from './cases.ts';

const SECRET = 'hunter2hunter2';

export const logCases: Cases = {
  'one line per request: method, route pattern, status, ms, request id': async (api) => {
    const id = await api.insertJob();
    const before = api.lines.length;
    const response = await api.send('owner', 'GET', `/puppet/jobs/${id}`);
    await response.body?.cancel();
    assert.equal(api.lines.length, before + 1);
    const [, json = ''] = /^request (.*)$/.exec(api.lines.at(-1) ?? '') ?? [];
    const line = JSON.parse(json);
    assert.deepEqual(Object.keys(line), ['method', 'route', 'status', 'ms', 'request_id']);
    assert.deepEqual([line.method, line.route, line.status], [
      'GET',
      '/api/puppet/jobs/:jobId',
      200,
    ]);
    assert.equal(response.headers.get('x-request-id'), line.request_id);
  },

  'nothing that a caller sent is in a line': async (api) => {
    const id = await api.insertFailedJob();
    const before = api.lines.length;
    const headers = {
      'idempotency-key': SECRET,
      'x-request-id': SECRET,
      'user-agent': SECRET,
      origin: `https://${SECRET}.com`,
    };
    const requests: [string, string, unknown?][] = [
      ['GET', `/puppet/failed-jobs?jobType=${SECRET}`],
      ['GET', `/puppet/failed-jobs?${SECRET}=1`],
      ['GET', `/puppet/jobs/${SECRET}`],
      ['GET', `/${SECRET}`],
      [SECRET.toUpperCase(), '/puppet/jobs'],
      ['POST', '/puppet/jobs', { jobConfig: { password: SECRET } }],
      ['POST', '/puppet/jobs', { [SECRET]: 1 }],
      ['POST', '/puppet/jobs', { jobConfig: { text: `${SECRET}\0` } }],
      ['POST', '/puppet/jobs', `{"${SECRET}`],
      ['POST', `/puppet/jobs/${id}/retry`, { reason: SECRET }],
      ['POST', `/puppet/jobs/${id}/cancel`, { reason: SECRET }],
      ['PATCH', `/puppet/retry-config/${SECRET}`, { endpointUrl: SECRET }],
    ];
    for (const actor of ['owner', 'service'] as const) {
      for (const [method, path, body] of requests) {
        await (await api.send(actor, method, path, body, headers)).body?.cancel();
      }
    }
    const text = api.lines.slice(before).join('\n');
    assert.ok(!text.toLowerCase().includes(SECRET));
    for (const key of [api.tokens.owner, api.env.SUPABASE_SECRET_KEY]) {
      assert.ok(key && !text.includes(key));
    }
    assert.equal(text.split('\n').length, requests.length * 2);
  },

  'a failure of ours is 500 and a line with its place, without any message': async () => {
    for (
      const error of [
        new Error(SECRET),
        new PuppetRetryError('unexpected_reply', SECRET),
        new PuppetRetryError('database_refused', SECRET, { cause: { code: 'XX000' } }),
      ]
    ) {
      const logger = listeningLogger();
      const app = createApi({
        identify: () => Promise.reject(error),
        serviceClient: () => {
          throw new Error('nobody asked');
        },
        corsOrigins: () => '*',
        logger,
      });
      const response = await app.request('/api/puppet/failed-jobs');
      assert.equal(response.status, 500);
      assert.ok(!(await response.text()).includes(SECRET));
      assert.equal(logger.lines.length, 2);
      assert.ok(!logger.lines.join().includes(SECRET));
      assert.match(logger.lines[0] ?? '', /^a request failed .*request_id/);
    }
  },

  'what is thrown and is no error at all goes the same way': async () => {
    const logger = listeningLogger();
    const app = createApi({
      identify: () => Promise.reject(SECRET),
      serviceClient: () => {
        throw new Error('nobody asked');
      },
      corsOrigins: () => '*',
      logger,
    });
    const response = await app.request('/api/puppet/failed-jobs');
    const { code } = await response.json();
    assert.deepEqual([response.status, code], [500, 'internal_error']);
    assert.equal(logger.lines.length, 2);
    assert.ok(!logger.lines.join().includes(SECRET));
  },
};
