import assert from 'node:assert/strict';
import { type RunFacts, tallyOf } from '../../../supabase/local/demo/tally.ts';

/** Two jobs: one that worked at its second attempt, one that was refused for good. */
function goodRun(): RunFacts {
  return {
    enqueued: ['a', 'b'],
    jobs: [
      { id: 'a', status: 'completed', attempts: 2 },
      { id: 'b', status: 'permanently_failed', attempts: 1 },
    ],
    history: [
      { jobId: 'a', attempt: 1, isRetry: false, success: false },
      { jobId: 'a', attempt: 2, isRetry: true, success: true },
      { jobId: 'b', attempt: 1, isRetry: false, success: false },
    ],
    deliveries: [
      { jobId: 'a', attempt: 1 },
      { jobId: 'b', attempt: 1 },
      { jobId: 'a', attempt: 2 },
    ],
  };
}

Deno.test('a run in which every job ended once is counted as such', () => {
  assert.deepEqual(tallyOf(goodRun(), 12.34), {
    jobs: 2,
    completed: 1,
    permanently_failed: 1,
    lost: 0,
    duplicated: 0,
    attempts: 3,
    retries: 1,
    seconds: 12.3,
  });
});

Deno.test('a job that is not final is lost', () => {
  const facts = goodRun();
  facts.jobs = [{ id: 'a', status: 'queued', attempts: 2 }, ...facts.jobs.slice(1)];
  assert.equal(tallyOf(facts, 1).lost, 1);
});

Deno.test('a job that is not there any more is lost', () => {
  const facts = goodRun();
  facts.jobs = facts.jobs.slice(1);
  assert.equal(tallyOf(facts, 1).lost, 1);
});

Deno.test('every delivery of an attempt after its first is a duplicate', () => {
  const facts = goodRun();
  facts.deliveries.push({ jobId: 'a', attempt: 2 }, { jobId: 'a', attempt: 2 });
  assert.equal(tallyOf(facts, 1).duplicated, 2);
});

Deno.test('a second engine row for an attempt is a duplicate', () => {
  const facts = goodRun();
  facts.history.push({ jobId: 'b', attempt: 1, isRetry: false, success: false });
  assert.equal(tallyOf(facts, 1).duplicated, 1);
});

Deno.test('an attempt that failed and completed its job too had two outcomes', () => {
  const facts = goodRun();
  facts.jobs[1] = { id: 'b', status: 'completed', attempts: 1 };
  assert.equal(tallyOf(facts, 1).duplicated, 1);
});
