import assert from 'node:assert/strict';
import type { Sample } from './sample.ts';
import { sampleAt } from './samples.ts';
import { describe, summarise } from './summary.ts';

const NO_JOBS = { completed: 0, failedForGood: 0, waiting: 0 };

/** Ten minutes, a sample every 10 s. */
function samples(of: (at: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 60 }, (_, place) => (place + 1) * 10).map((at) =>
    sampleAt(at, of(at))
  );
}

Deno.test('memory is fitted over the second half: what a start takes is no leak', () => {
  const summary = summarise(
    samples((at) => ({ memoryMb: at < 200 ? at : 200 + (at - 200) / 60 })),
    NO_JOBS,
    0,
    0,
  );
  assert.ok(Math.abs((summary.memorySlopeMbPerHour ?? 0) - 60) < 1e-6);
  assert.ok(Math.abs((summary.memoryMaxMb ?? 0) - (200 + 400 / 60)) < 1e-9);
});

Deno.test('times without a processor are left out', () => {
  const summary = summarise(
    samples((at) => at > 400 ? { memoryMb: null, processorCpuMs: null } : { processorCpuMs: 2 }),
    NO_JOBS,
    0,
    1,
  );
  assert.equal(summary.memorySlopeMbPerHour, 0);
  assert.equal(summary.processorCpuMs, 2);
  assert.equal(summary.processorDeaths, 1);
});

Deno.test('the first and the last minute are told apart', () => {
  const { firstMinute, lastMinute } = summarise(
    samples((at) => ({
      settledPerSecond: at <= 60 ? 10 : at > 540 ? 30 : 20,
      claimP99: at <= 60 ? 900 : 1000,
      enqueued: at * 50,
      deadJobs: at > 540 ? at * 50 : 0,
      jobsMb: at * 50 * 800 / 1e6,
    })),
    NO_JOBS,
    0,
    0,
  );
  assert.deepEqual([firstMinute.settledPerSecond, lastMinute.settledPerSecond], [10, 30]);
  assert.deepEqual([firstMinute.claimP99, lastMinute.claimP99], [900, 1000]);
  assert.deepEqual([firstMinute.deadShare, lastMinute.deadShare], [0, 0.5]);
  assert.ok(Math.abs((lastMinute.bytesPerJob ?? 0) - 800) < 1e-6);
});

Deno.test('a job that neither ended nor waits is lost', () => {
  const jobs = { completed: 90, failedForGood: 4, waiting: 3 };
  assert.equal(summarise([], jobs, 100, 0).lost, 3);
  assert.equal(summarise([], jobs, 97, 0).lost, 0);
});

Deno.test('goals that are not met are marked, and a soak without samples can be told', () => {
  const high = summarise([sampleAt(10, { processorCpuMs: 1.5, memoryMb: 151 })], NO_JOBS, 0, 0);
  assert.equal(describe(high).match(/<- above the goal/g)?.length, 2);
  const low = summarise([sampleAt(10, { processorCpuMs: 1, memoryMb: 150 })], NO_JOBS, 0, 0);
  assert.doesNotMatch(describe(low), /above the goal/);
  assert.match(describe(summarise([], NO_JOBS, 0, 0)), /unknown ms/);
});
