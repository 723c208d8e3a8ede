import assert from 'node:assert/strict';
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
