import assert from 'node:assert/strict';
import { median, slope } from './statistics.ts';

Deno.test('the slope is that of the line of least squares', () => {
  const exact = [0, 1, 2, 5].map((x) => ({ x, y: 3 - 2 * x }));
  assert.ok(Math.abs(slope(exact) + 2) < 1e-12);
  // By hand: means 1 and 2, covariance 2, variance 2.
  assert.equal(slope([{ x: 0, y: 1 }, { x: 1, y: 2 }, { x: 2, y: 3 }]), 1);
  assert.equal(slope([{ x: 0, y: 0 }, { x: 1, y: 3 }, { x: 2, y: 0 }]), 0);
  assert.equal(slope([{ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 2, y: 3 }]), 1.5);
});

Deno.test('without a spread of x there is no slope', () => {
  assert.ok(Number.isNaN(slope([])));
  assert.ok(Number.isNaN(slope([{ x: 1, y: 1 }])));
  assert.ok(Number.isNaN(slope([{ x: 1, y: 1 }, { x: 1, y: 9 }])));
});

Deno.test('the median leaves out what is not known', () => {
  assert.equal(median([9, null, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2);
  assert.equal(median([10, 9, 100]), 10);
  assert.equal(median([null]), null);
});
