import assert from 'node:assert/strict';
import { rows } from './plan.ts';

const names = (quick: boolean, texts?: string[]) => rows(quick, texts).map(({ name }) => name);

Deno.test('a row that takes long is measured only where its whole name is asked for', () => {
  assert.ok(!names(false).includes('parked-10000000'));
  assert.deepEqual(names(false, ['parked']), ['parked-100000', 'parked-1000000']);
  assert.deepEqual(names(false, ['parked-10000000']), ['parked-10000000']);
  assert.deepEqual(names(true, ['parked-10000000']), []);
});

Deno.test('under a held snapshot each row has fewer jobs, and nobody who is planned badly then', () => {
  const [retry] = rows(false, ['held-mix-90']);
  assert.equal(retry?.work.jobs, 4_000);
  assert.deepEqual(retry.entries.filter(({ jobs }) => jobs !== 4_000), []);
  assert.ok(!retry.entries.some(({ contender }) => contender.startsWith('graphile')));
  const [success] = rows(false, ['held-success-100']);
  assert.ok(success?.entries.some(({ contender }) => contender.startsWith('graphile')));
  assert.equal(rows(false, ['held-parked-1000000'])[0]?.beside?.jobs?.count, 1_000_000);
});
