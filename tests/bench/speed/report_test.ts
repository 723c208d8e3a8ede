import assert from 'node:assert/strict';
import { drawChart } from './chart.ts';
import { makeFate } from './driver/fate.ts';
import { rows } from './plan.ts';
import { median, spread } from '../statistics.ts';
import { summaryOf, tableOf } from './report.ts';
import type { Result, Sample } from './sitting.ts';

const [row] = rows(true);
assert.ok(row);

function result(contender: string, rates: number[]): Result {
  const sample = (jobsPerSecond: number): Sample => ({
    jobsPerSecond,
    postgresCpuUs: 100,
    postgrestCpuUs: 50,
    gatewayCpuUs: 5,
    clientCpuUs: 10,
    walBytes: 1000,
  });
  return { row: row!, entry: { contender }, samples: rates.map(sample), counted: null };
}

Deno.test('the middle of an even number of values lies between the two in the middle', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(spread([90, 100, 120]), 0.3);
});

Deno.test('each line is compared with the best of a peer, and none with a peer that is not there', () => {
  const table = tableOf(row, [
    result('puppet-retry', [200, 300, 250]),
    result('pg-boss calls', [50]),
    result('pg-boss work(), batch 100', [100]),
  ]);
  assert.match(table, /\| x pg-boss \|/);
  assert.doesNotMatch(table, /graphile|NaN|Infinity/);
  assert.match(table, /puppet-retry +\| +3 \| +250 \| +20 % \| +2\.50 \|/);
  assert.match(table, /pg-boss calls +\| +1 \| +50 \| +\| +0\.50 \|/);
});

Deno.test('in short, the best of ours is compared with the best of each peer', () => {
  const text = summaryOf([
    result('puppet-retry', [100]),
    { ...result('puppet-retry in SQL', [300]), entry: { contender: 'puppet-retry', fused: true } },
    result('pg-boss calls', [50]),
    result('pg-boss work(), batch 100', [200]),
  ]);
  assert.match(text, /\| +100 \| +300 \| +200 \| +1\.50 \| +\| +\| +\| +\|$/);
});

Deno.test('the chart draws the fastest as the longest bar', () => {
  const svg = drawChart('A <title>', [result('puppet-retry', [400]), result('floor', [100])]);
  assert.ok(svg.includes('A &lt;title>') && !/NaN|Infinity/.test(svg));
  assert.match(svg, /width="420\.0"[^>]*#0b62a4/);
  assert.match(svg, /width="105\.0"/);
});

Deno.test('of all jobs the asked share fails, each of them once, evenly spread', () => {
  const fate = makeFate(10, 0.3);
  const ids = Array.from({ length: 10 }, (_, n) => `job ${n}`);
  const failed = ids.filter((id) => fate.fails(id));
  assert.equal(failed.length, 3);
  assert.deepEqual(failed.filter((id) => fate.fails(id)), []);
  fate.count(7);
  assert.equal(fate.done, false);
  fate.count(3);
  assert.equal(fate.done, true);
});
