import assert from 'node:assert/strict';
import type { Work } from './driver/protocol.ts';
import { checkOutcome } from './outcome.ts';

const WORK: Work = { jobs: 10, failing: 0.5, payloadBytes: 100, enqueueBatch: 1, warmUp: 0 };

Deno.test('bench: a pass counts when its jobs have failed and completed as they were to', () => {
  checkOutcome(WORK, { left: 0, completed: 10, failures: 5 });
  checkOutcome(WORK, { left: 0, completed: null, failures: null });
  checkOutcome({ ...WORK, enqueueOnly: true }, { left: 10, completed: 0, failures: 0 });
});

Deno.test('bench: a pass that lost, doubled or refused anything is no figure', () => {
  for (
    const outcome of [
      { left: 1, completed: 9, failures: 5 },
      { left: 0, completed: 9, failures: 5 },
      { left: 0, completed: 10, failures: 4 },
      { left: 0, completed: 11, failures: 5 },
      { left: 1, completed: null, failures: null },
    ]
  ) {
    assert.throws(() => checkOutcome(WORK, outcome), /^Error: Nothing can be told of a pass of 10/);
  }
  const enqueued = { left: 9, completed: 0, failures: 0 };
  assert.throws(() => checkOutcome({ ...WORK, enqueueOnly: true }, enqueued));
});
