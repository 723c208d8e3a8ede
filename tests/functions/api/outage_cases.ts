import assert from 'node:assert/strict';
import { createApi } from '../../../functions/api/app.ts';
import { createServiceClient } from '../../../shared/service_client.ts';
import { listeningLogger } from '../../shared/workspace.ts';
import { assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

/** The API over a database that refuses connections. */
function apiWithoutDatabase() {
  const nowhere: Record<string, string> = {
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_SECRET_KEY: 'sb_secret_x',
  };
  const client = createServiceClient((name) => nowhere[name]);
  return createApi({
    identify: () => Promise.resolve({ client, isService: true, isAdmin: true }),
    serviceClient: () => client,
    corsOrigins: () => '*',
    logger: listeningLogger(),
  });
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
      ['/puppet/jobs', { method: 'POST', body: '{}', headers: json }],
    ];
    for (const [path, init] of requests) {
      const response = await app.request(`/api${path}`, init);
      assert.equal(response.headers.get('retry-after'), '10');
      await assertProblem(response, 503, 'database_unavailable');
    }
  },
};
