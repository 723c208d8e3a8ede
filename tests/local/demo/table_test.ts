import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import type { TypeProgress } from '../../../supabase/local/demo/progress.ts';
import { liveTable, plainLines, tableLines } from '../../../supabase/local/demo/table.ts';

const TYPES: TypeProgress[] = [
  {
    jobType: 'email_campaign',
    waiting: 12,
    running: 3,
    retrying: 40,
    completed: 5,
    failed: 1,
    attempts: 90,
    nextRetrySeconds: 1.26,
  },
  {
    jobType: 'default',
    waiting: 1,
    running: 0,
    retrying: 0,
    completed: 100,
    failed: 0,
    attempts: 110,
    nextRetrySeconds: null,
  },
];

Deno.test('the table has a row per type and a sum, aligned', () => {
  const lines = tableLines(TYPES).map(stripVTControlCharacters);
  assert.deepEqual(lines, [
    '  type                  waiting  running  retrying  completed  failed   next retry',
    '  email_campaign             12        3        40          5       1     in 1.3 s',
    '  default                     1        0         0        100       0            -',
    '  all                        13        3        40        105       1     in 1.3 s',
  ]);
});

Deno.test('a live table is drawn over itself, in one write', () => {
  const writes: string[] = [];
  const display = liveTable((text) => writes.push(text));
  display.show(TYPES, 0);
  display.show(TYPES, 1);
  const [first = '', second = ''] = writes;
  assert.equal(writes.length, 2);
  const height = first.split('\n').length - 1;
  assert.equal(second.slice(0, second.indexOf('\r')), `\x1b[${height}A`);
  assert.equal(first.slice(0, 1), '\r');
});

Deno.test('plain lines come every 2 s, and the table at the end', () => {
  const writes: string[] = [];
  const display = plainLines((text) => writes.push(text));
  for (const seconds of [0, 0.5, 1.9, 2.1, 3, 4.2]) display.show(TYPES, seconds);
  assert.equal(writes.length, 3);
  assert.equal(
    writes[1],
    '   2 s  waiting 13  running 3  retrying 40  completed 105  failed 1  next retry in 1.3 s\n',
  );
  display.show(TYPES.map((type) => ({ ...type, nextRetrySeconds: -0.2 })), 7);
  assert.match(writes[3] ?? '', / next retry now\n$/);
  display.finish(TYPES, 8);
  assert.match(writes[4] ?? '', /email_campaign .*\n.*default/);
});
