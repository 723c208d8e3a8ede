import assert from 'node:assert/strict';
import { measure } from './measure.ts';

/** Answers with these statuses in turn. */
function answering(...statuses: number[]) {
  let turn = 0;
  return () => Promise.resolve(new Response(null, { status: statuses[turn++ % statuses.length]! }));
}

Deno.test('one good answer does not hide the bad ones', async () => {
  const { status, requests } = await measure(answering(200, 500, 404, 200), 7);
  assert.deepEqual([status, requests], [500, 7]);
});

Deno.test('all good answers are good', async () => {
  assert.equal((await measure(answering(200), 7)).status, 200);
});
