import assert from 'node:assert/strict';
import { z } from 'zod';
import { claimedJobSchema } from '../../shared/claimed_job.ts';
import { defineHandler } from '../../shared/job_handlers.ts';
import { tryHandler } from '../../shared/try_handler.ts';

const greet = defineHandler({
  jobType: 'greet',
  config: z.object({ name: z.string() }),
  run: (job, { attempt, snooze }) => {
    if (job.config.name === 'nobody') throw new RangeError('nobody is there');
    if (job.config.name === 'later') snooze(60);
    return { text: `hello ${job.config.name}`, attempt, isRetry: job.isRetry };
  },
});

Deno.test('try a handler: what it returns and throws comes out as it is', async () => {
  const first = { text: 'hello Ada', attempt: 1, isRetry: false };
  assert.deepEqual(await tryHandler(greet, { name: 'Ada' }), first);
  await assert.rejects(tryHandler(greet, { name: 'nobody' }), RangeError);
  await assert.rejects(tryHandler(greet, { name: 1 }), { name: 'ZodError' });
});

Deno.test('try a handler: the job and the context are what the test says', async () => {
  const job = { attempt_number: 3, is_retry: true };
  const third = { text: 'hello Ada', attempt: 3, isRetry: true };
  assert.deepEqual(await tryHandler(greet, { name: 'Ada' }, { job }), third);
  const snoozed: number[] = [];
  const snooze = (seconds: number) => void snoozed.push(seconds);
  await tryHandler(greet, { name: 'later' }, { context: { snooze } });
  assert.deepEqual(snoozed, [60]);
  const context = { signal: AbortSignal.abort(new Error('cancelled')) };
  await assert.rejects(tryHandler(greet, { name: 'Ada' }, { context }), /cancelled/);
});

Deno.test('try a handler: the job is one that a claim could have given', async () => {
  await tryHandler({
    jobType: 'any',
    run: async (job) => void await claimedJobSchema.parseAsync(job),
  }, {});
});
