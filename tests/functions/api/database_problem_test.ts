import assert from 'node:assert/strict';
import { databaseProblem } from '../../../functions/api/database_problem.ts';
import { dataOf, type Reply, send } from '../../../shared/database_reply.ts';
import { PuppetRetryError } from '../../../shared/errors.ts';

/** What the database's error is to the caller: status and code; null for a fault of ours. */
async function told(code: string, status: number, details: string | null = null) {
  const error = Object.assign(new Error('no'), { code, details });
  const known = databaseProblem(await refusalOf({ data: null, error, status }))?.problem;
  return known ? [known.status, known.code] : null;
}

async function refusalOf(reply: Reply<null>): Promise<PuppetRetryError> {
  const sent = await send({ abortSignal: () => Promise.resolve(reply) });
  try {
    dataOf(sent, 'call');
  } catch (error) {
    if (error instanceof PuppetRetryError) return error;
  }
  throw new Error('the reply was not refused');
}

Deno.test('database problem: each error has its status and code', async () => {
  const rows: [string, number, [number, string] | null][] = [
    ['', 0, [503, 'database_unavailable']],
    ['PGRST001', 503, [503, 'database_unavailable']],
    ['57P01', 500, [503, 'database_unavailable']],
    ['53300', 500, [503, 'database_unavailable']],
    ['57014', 500, [503, 'database_timeout']],
    ['57014', 503, [503, 'database_timeout']],
    ['55P03', 500, [503, 'database_timeout']],
    ['PT404', 404, [404, 'job_not_found']],
    ['PT403', 403, [403, 'forbidden']],
    ['PT409', 409, [409, 'conflict']],
    ['PT422', 422, [422, 'invalid_input']],
    ['PT503', 503, [503, 'database_timeout']],
    ['42501', 403, [403, 'forbidden']],
    ['PGRST301', 401, [401, 'unauthorized']],
    ['PGRST303', 401, [401, 'unauthorized']],
    ['23505', 409, [409, 'conflict']],
    ['22P02', 400, [422, 'invalid_input']],
    ['22003', 400, [422, 'invalid_input']],
    ['23514', 400, [422, 'invalid_input']],
    ['54001', 500, [422, 'invalid_input']],
    ['PGRST100', 400, null],
    ['PGRST102', 400, null],
    ['PGRST202', 404, null],
    ['42883', 404, null],
    ['XX000', 500, null],
  ];
  for (const [code, status, expected] of rows) {
    assert.deepEqual(await told(code, status), expected, `${code} ${status}`);
  }
});

Deno.test('database problem: a reused idempotency key has a code of its own', async () => {
  const reused = await told('PT422', 422, 'idempotency_key_reused');
  assert.deepEqual(reused, [422, 'idempotency_key_reused']);
});
