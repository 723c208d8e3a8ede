import assert from 'node:assert/strict';
import { lineOf } from './report.ts';
import type { Measured } from './measure.ts';

function line(changes: Partial<Measured> = {}): string {
  const measured = { requests: 200, p50: 4, p99: 20, status: 200, ...changes };
  return lineOf({ asker: 'owner', path: '/health' }, measured, { ms: 50, requests: 200 });
}

Deno.test('a line says what is wrong, and nothing where all is well', () => {
  assert.equal(line(), 'owner           4.0     20.0  /health');
  assert.match(line({ p99: 51 }), /\/health <- above$/);
  assert.match(line({ p99: 51, status: 500 }), /\/health <- 500$/);
});

Deno.test('a p99 of fewer requests than were asked for says of how many', () => {
  assert.match(line({ requests: 3, p99: 9000 }), /\/health \(3 requests\) <- above$/);
});
