import assert from 'node:assert/strict';
import { sampleAt } from '../samples.ts';
import { drawPage } from './page.ts';
import { pathOf } from './panel.ts';
import { panelsOf } from './panels.ts';
import { tickLabel, ticksUpTo } from './scale.ts';

Deno.test('ticks are round, begin at 0 and reach the top', () => {
  assert.deepEqual(ticksUpTo(1), [0, 0.25, 0.5, 0.75, 1]);
  assert.deepEqual(ticksUpTo(83), [0, 25, 50, 75, 100]);
  assert.deepEqual(ticksUpTo(150), [0, 50, 100, 150]);
  assert.deepEqual(ticksUpTo(0.3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticksUpTo(0), [0, 1]);
  for (const top of [0.007, 3, 6, 59, 60, 61, 999, 1001, 123_456, 7e7]) {
    const ticks = ticksUpTo(top);
    assert.ok(ticks.length >= 3 && ticks.length <= 6 && (ticks.at(-1) ?? 0) >= top, `${top}`);
  }
});

Deno.test('labels of large numbers are short', () => {
  assert.deepEqual([0, 0.25, 1000, 12_500, 1e6, 2.5e6].map(tickLabel), [
    '0',
    '0.25',
    '1000',
    '12.5k',
    '1M',
    '2.5M',
  ]);
});

Deno.test('a value that is not known leaves a gap in its line', () => {
  const points = [1, 2, null, 4, 5].map((y, x) => ({ x, y }));
  const path = pathOf(points, (x) => x * 10, (y) => 100 - y);
  assert.equal(path, 'M0 99L10 98M30 96L40 95');
});

Deno.test('the page has a panel for each measure, with title and unit, and no broken number', () => {
  const samples = [10, 20, 30].map((at) => sampleAt(at, { claimP50: at, claimP99: 2 * at }));
  const panels = panelsOf(samples);
  const svg = drawPage('A <soak>', 'of & for', panels, 0.5);
  for (const { title, unit } of panels) {
    assert.ok(svg.includes(`>${title}</tspan>`) && svg.includes(`, ${unit}</tspan>`), title);
  }
  assert.ok(svg.includes('A &lt;soak&gt;') && svg.includes('of &amp; for'));
  assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
  assert.equal(svg.match(/<g /g)?.length, svg.match(/<\/g>/g)?.length);
});

Deno.test('a soak that ended before its first sample still has a page', () => {
  assert.doesNotMatch(drawPage('', '', panelsOf([]), 0), /NaN|Infinity/);
});
