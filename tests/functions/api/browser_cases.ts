import assert from 'node:assert/strict';
import { createApi } from '../../../functions/api/app.ts';
import { listeningLogger } from '../../shared/workspace.ts';
import type { Cases } from './cases.ts';

const ORIGIN = 'https://app.example.com';

function appFor(corsOrigins: string) {
  return createApi({
    identify: () => Promise.reject(new Error('nobody asked')),
    serviceClient: () => {
      throw new Error('nobody asked');
    },
    corsOrigins: () => corsOrigins,
    logger: listeningLogger(),
  });
}

async function allowedOrigin(corsOrigins: string, origin = ORIGIN): Promise<string | null> {
  const response = await appFor(corsOrigins).request('/api/openapi.json', { headers: { origin } });
  await response.body?.cancel();
  return response.headers.get('access-control-allow-origin');
}

export const browserCases: Cases = {
  'a preflight needs no key and allows what our routes take': async ({ app }) => {
    const response = await app.request('/api/puppet/jobs', {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization, apikey, idempotency-key',
      },
    });
    assert.equal(response.status, 204);
    assert.equal(response.headers.get('access-control-allow-origin'), '*');
    assert.match(response.headers.get('access-control-allow-methods') ?? '', /PATCH.*DELETE/);
    const headers = response.headers.get('access-control-allow-headers') ?? '';
    for (const name of ['authorization', 'apikey', 'content-type', 'idempotency-key']) {
      assert.ok(headers.split(',').includes(name), name);
    }
    assert.equal(response.headers.get('access-control-allow-credentials'), null);
  },

  'answers and problems alike may be read, with the headers that matter': async (api) => {
    const { send } = api;
    const headers = { origin: ORIGIN };
    for (
      const response of [
        await send('owner', 'GET', '/puppet/failed-jobs', undefined, headers),
        await send('nobody', 'GET', '/puppet/failed-jobs', undefined, headers),
        await send('owner', 'GET', '/nowhere', undefined, headers),
        await send('owner', 'PUT', '/puppet/jobs', {}, headers),
        await send('owner', 'POST', '/puppet/jobs', '{', headers),
      ]
    ) {
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
      assert.match(response.headers.get('access-control-expose-headers') ?? '', /x-request-id/);
      await response.body?.cancel();
    }
  },

  'only the origins that are named': async () => {
    const list = `https://other.example.com, ${ORIGIN}`;
    assert.equal(await allowedOrigin(list), ORIGIN);
    assert.equal(await allowedOrigin(list, 'https://evil.example.com'), null);
    assert.equal(await allowedOrigin(list, 'https://app.example.com.evil.com'), null);
    assert.equal(await allowedOrigin('*'), '*');
    assert.equal(await allowedOrigin(''), null);
  },
};
