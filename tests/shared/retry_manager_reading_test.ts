import assert from 'node:assert/strict';
import { enqueueOne, managerOf, passWaits, UNKNOWN_JOB } from './retries.ts';
import { done, openWorkspace } from './workspace.ts';

Deno.test('getJobsReadyForRetry: due retries in camelCase', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work, { priority: 10 });
  const manager = managerOf(work);
  await manager.scheduleRetry(id, 'refused', 'network');
  const waiting = await manager.getJobsReadyForRetry(1000);
  assert.ok(!waiting.some(({ jobId }) => jobId === id));
  await passWaits(work);
  const ready = (await manager.getJobsReadyForRetry(1000)).find(({ jobId }) => jobId === id);
  const [job] = await work.jobs();
  assert.deepEqual(ready, {
    jobId: id,
    userId: job?.user_id,
    jobType: work.jobType,
    retryCount: 1,
    nextRetryAt: '2026-01-01T00:00:00+00:00',
    lastError: 'refused',
  });
  await assert.rejects(manager.getJobsReadyForRetry(0), { code: 'invalid_input' });
});

Deno.test('getJobRetryInfo: the job, with the budget that applies to it', async () => {
  await using work = await openWorkspace({ max_retries: 4 });
  const manager = managerOf(work);
  const id = await enqueueOne(work);
  await manager.scheduleRetry(id, 'refused', 'network');
  const { userId: _, nextRetryAt, lastAttemptAt, ...info } = await manager.getJobRetryInfo(id);
  assert.ok(nextRetryAt && lastAttemptAt);
  assert.deepEqual(info, {
    jobId: id,
    jobType: work.jobType,
    status: 'queued',
    finalStatus: 'failed',
    retryCount: 1,
    maxRetries: 4,
    retryEnabled: true,
    nextRetryReason: null,
    lastError: 'refused',
    lastErrorType: 'network',
    stopReason: null,
    executionAttempts: 1,
    crashCount: 0,
    deadlineAt: null,
  });
  const own = await manager.getJobRetryInfo(await enqueueOne(work, { max_retries: 0 }));
  assert.equal(own.maxRetries, 0);
  await assert.rejects(manager.getJobRetryInfo(UNKNOWN_JOB), { code: 'job_not_found' });
  await assert.rejects(manager.getJobRetryInfo('nonsense'), { code: 'invalid_input' });
});

Deno.test('getRetryStats: jobs are counted once, however many retries they had', async () => {
  await using work = await openWorkspace({ max_retries: 2 });
  const manager = managerOf(work);
  const before = await manager.getRetryStats('hour');
  const recovering = await enqueueOne(work);
  const failing = await enqueueOne(work);
  const waiting = await enqueueOne(work);
  for (const id of [recovering, failing, waiting]) await manager.scheduleRetry(id, 'e', 'network');
  await passWaits(work);
  await manager.scheduleRetry(failing, 'e', 'network');
  await manager.markRetrySuccess(recovering);
  await passWaits(work);
  await manager.scheduleRetry(failing, 'e', 'network');
  const after = await manager.getRetryStats('hour');
  // Other tests run before, none beside.
  const grown = (name: keyof typeof after) => Number(after[name]) - Number(before[name]);
  assert.equal(grown('totalJobsWithRetries'), 2);
  assert.equal(grown('successfulAfterRetry'), 1);
  assert.equal(grown('permanentlyFailed'), 1);
  assert.equal(grown('pendingRetry'), 1);
  const retries = (stats: typeof after) =>
    Math.round((stats.averageRetryCount ?? 0) * stats.totalJobsWithRetries);
  assert.equal(retries(after) - retries(before), 3);
  assert.ok((after.retrySuccessRate ?? -1) >= 0 && (after.retrySuccessRate ?? 101) <= 100);
  const network = (stats: typeof after) =>
    stats.topErrorTypes.find(({ errorType }) => errorType === 'network')?.count ?? 0;
  assert.equal(network(after) - network(before), 5);
});

Deno.test('getRetryStats: retries before the period do not count', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const id = await enqueueOne(work);
  await manager.scheduleRetry(id, 'e', 'network');
  await passWaits(work);
  await manager.scheduleRetry(id, 'e', 'network');
  const recent = await manager.getRetryStats('hour');
  done(
    await work.client.from('puppet_job_retry_history')
      .update({ attempted_at: new Date(Date.now() - 2 * 3_600_000).toISOString() })
      .eq('job_id', id),
  );
  const hour = await manager.getRetryStats('hour');
  const day = await manager.getRetryStats('day');
  assert.equal(recent.totalJobsWithRetries - hour.totalJobsWithRetries, 1);
  assert.ok(day.totalJobsWithRetries > hour.totalJobsWithRetries);
  for (const period of ['week', 'month'] as const) {
    assert.ok((await manager.getRetryStats(period)).totalJobsWithRetries > 0);
  }
  const century: Promise<unknown> = Reflect.apply(manager.getRetryStats, manager, ['century']);
  await assert.rejects(century, { code: 'invalid_input' });
});
