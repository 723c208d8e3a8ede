import assert from 'node:assert/strict';
import { dataOf, send } from '../../shared/database_reply.ts';

const CASES: [number, string, string][] = [
  [0, '', 'database_unavailable'],
  [429, '', 'database_unavailable'],
  [500, '', 'database_unavailable'],
  [502, '', 'database_unavailable'],
  [520, '', 'database_unavailable'],
  [503, 'PGRST002', 'database_unavailable'],
  [500, '57014', 'database_unavailable'],
  [500, '40P01', 'database_unavailable'],
  [500, '57P01', 'database_unavailable'],
  [405, '25006', 'database_unavailable'],
  [500, 'XX000', 'database_refused'],
  [404, '42883', 'database_refused'],
  [404, 'PT404', 'job_not_found'],
  [409, 'PT409', 'conflict'],
  [422, 'PT422', 'invalid_input'],
  [503, 'PT503', 'database_unavailable'],
  [403, '42501', 'forbidden'],
];

for (const [status, code, expected] of CASES) {
  Deno.test(`dataOf: status ${status} with code '${code}' is ${expected}`, async () => {
    const reply = { data: null, error: { message: 'x', code }, status };
    const sent = await send({ abortSignal: () => Promise.resolve(reply) });
    assert.throws(() => dataOf(sent, 'a call'), { code: expected });
  });
}
