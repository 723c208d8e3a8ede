import assert from 'node:assert/strict';
import { costs } from './drain.ts';
import { printed } from './table.ts';

Deno.test('a table is Markdown, with numbers to the right and as exact as they are small', () => {
  const text = printed({
    title: 'speed',
    rows: [{ part: 'one', ms: 1.23456 }, { part: 'another', ms: 12345.6 }, { part: 'c', ms: null }],
    notes: ['Goal: fast.'],
  });
  assert.deepEqual(text.trim().split('\n'), [
    'speed',
    '',
    '| part    |    ms |',
    '| ------- | ----: |',
    '| one     | 1.235 |',
    '| another | 12346 |',
    '| c       |     - |',
    '',
    'Goal: fast.',
  ]);
});

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
