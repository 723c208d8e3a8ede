import assert from 'node:assert/strict';
import { enqueueOne, failOnce, logMany, serviceOf, UNKNOWN_JOB } from './retries.ts';
import { openWorkspace } from './workspace.ts';

Deno.test('logRetryAttempt: a row of the caller, redacted, outside the analytics', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const jobId = await enqueueOne(work);
  const id = await service.logRetryAttempt({
    jobId,
    attemptNumber: 2,
    success: false,
    errorType: 'network',
    errorMessage: 'GET https://ada:lovelace@crm.example.com failed\0',
    delaySeconds: 60,
    backoffMultiplier: 1.5,
    jitterSeconds: 3,
    retryReason: 'escalated',
    executorId: 'their-cron',
    executionContext: { password: 'hunter22', region: 'eu', nested: ['Bearer abcdefghijk'] },
    attemptedAt: new Date('2026-01-01T00:00:00Z'),
    nextRetryAt: '2026-01-01T00:01:00Z',
    durationMs: 12,
  });
  const [attempt] = await service.getJobRetryHistory(jobId);
  const { createdAt, userId, ...rest } = attempt!;
  assert.ok(createdAt && userId);
  assert.deepEqual(rest, {
    id,
    jobId,
    jobType: work.jobType,
    attemptNumber: 2,
    isRetry: true,
    attemptedAt: '2026-01-01T00:00:00+00:00',
    durationMs: 12,
    success: false,
    errorType: 'network',
    errorMessage: 'GET https://[redacted]@crm.example.com failed',
    decision: null,
    delaySeconds: 60,
    backoffMultiplier: 1.5,
    jitterSeconds: 3,
    nextRetryAt: '2026-01-01T00:01:00+00:00',
    retryReason: 'escalated',
    executorId: 'their-cron',
    executionContext: {
      password: '[redacted]',
      region: 'eu',
      nested: ['Bearer [redacted]'],
    },
    loggedBy: 'caller',
  });
  assert.equal((await service.getRetryAnalytics({ jobType: work.jobType })).totalRetries, 0);
});

Deno.test('logRetryAttempt: needs only the job, the attempt and what became of it', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const jobId = await enqueueOne(work);
  await service.logRetryAttempt({ jobId, attemptNumber: 1, success: true });
  const [attempt] = await service.getJobRetryHistory(jobId);
  assert.equal(attempt?.isRetry, false);
  assert.equal(attempt?.retryReason, 'automatic');
  assert.equal(attempt?.executorId, 'unknown');
  assert.equal(attempt?.errorMessage, null);
  assert.equal(attempt?.executionContext, null);
});

Deno.test('logRetryAttempt: nonsense is refused with a typed error', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const jobId = await enqueueOne(work);
  const attempt = { jobId, attemptNumber: 1, success: false };
  for (
    const wrong of [
      { ...attempt, attemptNumber: 0 },
      { ...attempt, delaySeconds: -1 },
      { ...attempt, delaySeconds: 1.5 },
      { ...attempt, jobId: 'nonsense' },
      { ...attempt, logged_by: 'engine' },
      { jobId, attemptNumber: 1 },
    ]
  ) {
    const logging: Promise<unknown> = Reflect.apply(service.logRetryAttempt, service, [wrong]);
    await assert.rejects(logging, { code: 'invalid_input' }, JSON.stringify(wrong));
  }
  await assert.rejects(service.logRetryAttempt({ ...attempt, jobId: UNKNOWN_JOB }), {
    code: 'job_not_found',
  });
});

Deno.test('cleanupOldRetryHistory: old attempts go, however many batches they fill', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const id = await enqueueOne(work);
  await logMany(work, id, Array.from({ length: 5500 }, () => 1));
  await logMany(work, id, Array.from({ length: 5500 }, () => 1));
  await failOnce(work, id);
  assert.equal(await service.cleanupOldRetryHistory(36500), 0);
  assert.ok(await service.cleanupOldRetryHistory(30) >= 11_000);
  assert.deepEqual((await service.getJobRetryHistory(id)).map(({ loggedBy }) => loggedBy), [
    'engine',
  ]);
  await assert.rejects(service.cleanupOldRetryHistory(0), { code: 'invalid_input' });
});
