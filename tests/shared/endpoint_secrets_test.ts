import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import type { Database } from '../../shared/database.types.ts';
import { EndpointSecrets } from '../../shared/endpoint_secrets.ts';
import { classifyError } from '../../shared/error_classification.ts';
import { JobDatabase } from '../../shared/job_database.ts';

/** The secrets of a database that answers so, one answer after the other; the last one stays. */
function secretsFrom(...answers: [status: number, body: unknown][]) {
  let calls = 0;
  const client = createClient<Database>('http://127.0.0.1:9', 'key', {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch() {
        const [status, body] = answers[Math.min(calls++, answers.length - 1)]!;
        return Promise.resolve(Response.json(body, { status }));
      },
    },
  });
  return { secrets: new EndpointSecrets(new JobDatabase(client, 'executor')), calls: () => calls };
}

const AWAY: [number, unknown] = [503, { code: 'PGRST001', message: 'no connection' }];

Deno.test('EndpointSecrets: a database that is away for a moment costs no job an attempt', async () => {
  const { secrets, calls } = secretsFrom(AWAY, AWAY, [200, { webhook: ['whsec_x'] }]);
  const both = await Promise.all([secrets.of('webhook'), secrets.of('webhook')]);
  assert.deepEqual(both, [['whsec_x'], ['whsec_x']]);
  assert.equal(calls(), 3);
});

Deno.test('EndpointSecrets: what keeps them from being read ends no job for good', async () => {
  const faults: [number, unknown][] = [
    [403, { code: '42501', message: 'permission denied for view decrypted_secrets' }],
    [400, { code: '22000', message: 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' }],
    [200, { webhook: [] }],
  ];
  for (const fault of faults) {
    const { secrets } = secretsFrom(fault, [200, { webhook: ['whsec_x'] }]);
    const error = await secrets.of('webhook').catch((thrown) => thrown);
    const found = classifyError(error, { delivery: true });
    assert.ok(found.kind === 'error');
    assert.equal(found.errorType, 'temporary_error', found.message);
    assert.match(found.message, /Cannot sign the delivery: /);
    assert.deepEqual(await secrets.of('webhook'), ['whsec_x'], 'it is asked for again');
  }
});
