import assert from 'node:assert/strict';
import { busyCores, type CpuReading } from './cpu_meter.ts';

function reading(at: number, each: number): CpuReading {
  return { at, processors: each, postgres: each, postgrest: each, gateway: each, api: each };
}

Deno.test('busy cores are CPU time over the time between its two readings', () => {
  assert.equal(busyCores(reading(1000, 50), reading(2000, 250)), 1);
});
