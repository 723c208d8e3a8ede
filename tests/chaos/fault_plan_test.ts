import assert from 'node:assert/strict';
import { FAULT_KINDS, planFaults, planSkews } from './fault_plan.ts';
import { planJobs, STEPS } from './jobs.ts';

Deno.test('the same seed gives the same plan, another seed another one', () => {
  assert.deepEqual(planFaults(7, 60, 4), planFaults(7, 60, 4));
  assert.notDeepEqual(planFaults(7, 60, 4), planFaults(8, 60, 4));
  assert.deepEqual(planJobs(100, 7), planJobs(100, 7));
  assert.notDeepEqual(planJobs(100, 7), planJobs(100, 8));
  assert.deepEqual(planSkews(7, 4), planSkews(7, 4));
});

Deno.test('a short plan has every kind of fault, a long one has each more often', () => {
  const kinds = (seconds: number) => planFaults(1, seconds, 4).map(({ kind }) => kind).sort();
  assert.deepEqual([...new Set(kinds(10))], FAULT_KINDS.toSorted());
  for (const kind of FAULT_KINDS) {
    assert.ok(kinds(600).filter((each) => each === kind).length >= 10, kind);
  }
});

Deno.test('faults come in order, within the time, and strike executors that there are', () => {
  const plan = planFaults(3, 100, 4);
  assert.deepEqual(plan, plan.toSorted((one, other) => one.at - other.at));
  for (const { at, executor } of plan) {
    assert.ok(at >= 0 && at <= 95_000);
    assert.ok([0, 1, 2, 3].includes(executor));
  }
  assert.deepEqual([...new Set(plan.map(({ executor }) => executor))].sort(), [0, 1, 2, 3]);
});

Deno.test('one clock is hours fast and one hours slow', () => {
  const skews = planSkews(5, 4);
  assert.ok(skews.some((hours) => hours >= 2) && skews.some((hours) => hours <= -2));
  assert.equal(skews.filter((hours) => hours === 0).length, 2);
});

Deno.test('jobs have keys of their own, and every step of a script is played', () => {
  const jobs = planJobs(1000, 1);
  assert.equal(new Set(jobs.map(({ key }) => key)).size, 1000);
  const steps = new Set(jobs.flatMap(({ script }) => script));
  assert.deepEqual([...steps].sort(), [...STEPS].sort());
});
