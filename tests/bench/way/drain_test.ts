import assert from 'node:assert/strict';
import { costs } from './drain.ts';

Deno.test('costs are told per job and as shares of their sum', () => {
  const drained = {
    jobs: 10,
    attempts: 10,
    seconds: 1,
    jobsPerSecond: 10,
    cpu: { processors: 1, postgres: 2, postgrest: 0.5, gateway: 0.5, api: 0 },
    cores: 0.04,
    calls: {},
    mostClaims: 1,
  };
  assert.deepEqual(costs('run', drained).map((row) => [row['CPU ms per job'], row['share %']]), [
    [1, 25],
    [2, 50],
    [0.5, 13],
    [0.5, 13],
  ]);
});
