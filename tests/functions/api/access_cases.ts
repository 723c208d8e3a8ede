import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import type { Actor } from './users.ts';

const ALL: Actor[] = ['nobody', 'owner', 'other', 'admin', 'pretender', 'service'];
const ANYBODY = new Set<Actor>(ALL);
const KNOWN = new Set<Actor>(['owner', 'other', 'admin', 'pretender', 'service']);
const ADMINS = new Set<Actor>(['admin', 'service']);
const SERVICE = new Set<Actor>(['service']);

/** Who gets beyond 401 and 403, on a route whose other inputs are right or at least well formed. */
const RULES: [string, string, unknown, Set<Actor>][] = [
  ['GET', '/health', undefined, ANYBODY],
  ['GET', '/openapi.json', undefined, ANYBODY],
  ['GET', '/health/details', undefined, SERVICE],
  ['GET', '/metrics', undefined, SERVICE],
  ['GET', '/puppet/queue', undefined, SERVICE],
  ['GET', '/puppet/retry-config', undefined, ADMINS],
  ['GET', '/puppet/retry-config/default', undefined, ADMINS],
  ['PUT', '/puppet/retry-config/access_test', {}, SERVICE],
  ['PATCH', '/puppet/retry-config/access_test', { maxRetries: 3 }, SERVICE],
  ['DELETE', '/puppet/retry-config/access_test', undefined, SERVICE],
  ['POST', '/puppet/jobs/retry', { filter: { jobType: 'x' } }, ADMINS],
  ['GET', '/puppet/failed-jobs', undefined, KNOWN],
  ['GET', '/puppet/retry-history', undefined, KNOWN],
  ['GET', '/puppet/retry-analytics', undefined, KNOWN],
  ['GET', `/puppet/jobs/${crypto.randomUUID()}`, undefined, KNOWN],
  ['GET', `/puppet/jobs/${crypto.randomUUID()}/history`, undefined, KNOWN],
  ['GET', `/puppet/jobs/${crypto.randomUUID()}/explain`, undefined, KNOWN],
  ['POST', `/puppet/jobs/${crypto.randomUUID()}/retry`, {}, KNOWN],
  ['POST', `/puppet/jobs/${crypto.randomUUID()}/cancel`, {}, KNOWN],
  ['POST', '/puppet/jobs', { priority: 0 }, KNOWN],
  ['POST', '/puppet/jobs/batch', { jobs: [] }, KNOWN],
];

export const accessCases: Cases = {
  'each route lets in just whom it is for': async ({ send }) => {
    for (const [method, path, body, allowed] of RULES) {
      for (const actor of ALL) {
        const response = await send(actor, method, path, body);
        const { status } = response;
        const what = `${actor}: ${method} ${path}: ${status}`;
        if (allowed.has(actor)) assert.ok(![401, 403].includes(status), what);
        else assert.equal(status, actor === 'nobody' ? 401 : 403, what);
        await response.body?.cancel();
      }
    }
  },

  'a token that does not count is 401': async ({ send, tokens, env }) => {
    const [head, payload] = (tokens.owner ?? '').split('.');
    const claims = JSON.parse(atob(payload ?? ''));
    const forged = btoa(JSON.stringify({ ...claims, app_metadata: { puppet_admin: true } }));
    const bad = [
      ...['notYet', 'ofService', 'withoutUuid'].map((name) => `Bearer ${tokens[name]}`),
      `Bearer ${tokens.owner}x`,
      `Bearer ${head}.${forged}.${tokens.owner?.split('.')[2]}`,
      `Bearer ${btoa('{"alg":"none","kid":"x"}')}.${payload}.`,
      'Bearer x',
      'Bearer ',
      `Basic ${btoa('a:b')}`,
      `Bearer ${env.SUPABASE_PUBLISHABLE_KEY}`,
      `Bearer ${env.SUPABASE_SECRET_KEY}`,
      `Bearer ${env.SUPABASE_ANON_KEY}`,
      `Bearer ${env.SUPABASE_SERVICE_ROLE_KEY}`,
    ];
    for (const authorization of bad) {
      const response = await send('nobody', 'GET', '/puppet/failed-jobs', undefined, {
        authorization,
      });
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      await assertProblem(response, 401, 'unauthorized');
    }
  },

  'a wrong key is 401; the publishable key alone is nobody': async ({ send, env }) => {
    for (const apikey of ['sb_secret_wrong', '', env.SUPABASE_PUBLISHABLE_KEY ?? '']) {
      const response = await send('nobody', 'GET', '/puppet/queue', undefined, { apikey });
      await assertProblem(response, 401, 'unauthorized');
    }
  },

  'the secret key makes the service, whoever is signed in beside it': async (api) => {
    const headers = { ...api.headersOf('owner'), ...api.headersOf('service') };
    await answerOf(await api.send('nobody', 'GET', '/puppet/queue', undefined, headers));
  },

  'only app_metadata makes an admin': async ({ send }) => {
    const response = await send('pretender', 'GET', '/puppet/retry-config');
    await assertProblem(response, 403, 'forbidden');
  },
};
