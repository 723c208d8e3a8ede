import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import { createApi } from '../../../functions/api/app.ts';
import type { Database } from '../../../shared/database.types.ts';
import { createServiceClient } from '../../../shared/service_client.ts';
import { listeningLogger } from '../../shared/workspace.ts';
import { answerOf, apiOver, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { operationsOf } from './operations.ts';

/** What each route takes as its body. */
const BODIES: Record<string, unknown> = {
  '/api/puppet/jobs': { userId: crypto.randomUUID() },
  '/api/puppet/jobs/batch': { jobs: [{ userId: crypto.randomUUID() }] },
  '/api/puppet/jobs/retry': { filter: { jobType: 'some_type' } },
  '/api/puppet/jobs/{jobId}/retry': {},
  '/api/puppet/jobs/{jobId}/cancel': {},
};

/** The API over a database that refuses connections. */
function apiWithoutDatabase() {
  const nowhere: Record<string, string> = {
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_SECRET_KEY: 'sb_secret_x',
  };
  return apiOver(createServiceClient((name) => nowhere[name]));
}

/** A client that never reaches anything, and counts the calls that nothing would ever end. */
function clientWithoutEnd() {
  const calls = { all: 0, endless: 0 };
  const client = createClient<Database>('http://127.0.0.1:9', 'key', {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch(_, init) {
        calls.all++;
        if (!(init && 'signal' in init && init.signal)) calls.endless++;
        return Promise.resolve(Response.json({ message: 'away' }, { status: 502 }));
      },
    },
  });
  return { client, calls };
}

export const outageCases: Cases = {
  'health is 503 and says not ok, and nothing else': async () => {
    const response = await apiWithoutDatabase().request('/api/health');
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ok: false });
  },

  'a route that asks the database is 503, and says when to come again': async () => {
    const app = apiWithoutDatabase();
    const json = { 'content-type': 'application/json' };
    const requests: [string, RequestInit?][] = [
      ['/health/details'],
      ['/puppet/queue'],
      ['/puppet/failed-jobs'],
      ['/puppet/retry-analytics'],
      ['/puppet/retry-config'],
      ['/puppet/jobs', {
        method: 'POST',
        body: `{"userId":"${crypto.randomUUID()}"}`,
        headers: json,
      }],
    ];
    for (const [path, init] of requests) {
      const response = await app.request(`/api${path}`, init);
      assert.equal(response.headers.get('retry-after'), '10');
      await assertProblem(response, 503, 'database_unavailable');
    }
  },

  'no call to a database that hangs waits for ever': async ({ send }) => {
    const { client, calls } = clientWithoutEnd();
    const app = apiOver(client);
    const operations = operationsOf(await answerOf(await send('nobody', 'GET', '/openapi.json')));
    for (const { method, path, fields } of operations) {
      const place = path.replace('{jobId}', crypto.randomUUID()).replace('{jobType}', 'some_type');
      const body = fields && JSON.stringify(BODIES[path] ?? { maxRetries: 1 });
      const headers = { 'content-type': 'application/json' };
      const before = calls.all;
      const response = await app.request(place, { method, body, headers });
      assert.equal(response.status, 503, `${method} ${path}: ${await response.text()}`);
      assert.ok(calls.all > before, path);
      assert.equal(calls.endless, 0, `${method} ${path}`);
    }
  },

  'health is 503 where nothing is configured': async () => {
    const logger = listeningLogger();
    const app = createApi({
      identify: () => Promise.reject(new Error('nobody asked')),
      serviceClient: () => createServiceClient(() => undefined),
      corsOrigins: () => '*',
      logger,
    });
    const response = await app.request('/api/health');
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { ok: false });
    assert.match(logger.lines[0] ?? '', /not_configured/);
  },
};
