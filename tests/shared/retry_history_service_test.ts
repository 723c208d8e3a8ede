import assert from 'node:assert/strict';
import { RetryHistoryService } from '../../shared/retry_history_service.ts';
import { enqueueOne, failOnce, logMany, serviceOf, UNKNOWN_JOB } from './retries.ts';
import { clientThrough, openWorkspace } from './workspace.ts';

Deno.test('getJobRetryHistory: all attempts of a job, oldest first', async () => {
  await using work = await openWorkspace({ base_delay_seconds: 60 });
  const id = await enqueueOne(work);
  await failOnce(work, id);
  await failOnce(work, id, 'permission');
  const history = await serviceOf(work).getJobRetryHistory(id);
  const [first, second] = history;
  assert.equal(history.length, 2);
  assert.ok(first && second);
  const { id: rowId, userId, attemptedAt, nextRetryAt, createdAt, durationMs, ...rest } = first;
  assert.ok(rowId && userId && attemptedAt && nextRetryAt && createdAt);
  assert.ok(durationMs !== null && durationMs >= 0);
  assert.deepEqual(rest, {
    jobId: id,
    jobType: work.jobType,
    attemptNumber: 1,
    isRetry: false,
    success: false,
    errorType: 'network',
    errorMessage: 'failed with network',
    decision: 'retry_scheduled',
    delaySeconds: 60,
    backoffMultiplier: 2,
    jitterSeconds: 0,
    retryReason: 'automatic',
    executorId: 'tester',
    executionContext: null,
    loggedBy: 'engine',
  });
  assert.equal(second.attemptNumber, 2);
  assert.equal(second.decision, 'error_not_retryable');
  assert.equal(second.delaySeconds, null);
});

Deno.test('getJobRetryHistory: more rows than the Data API gives at once', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work);
  // The pages end within attempt 700, of which there are many rows.
  await logMany(work, id, [
    ...Array.from({ length: 700 }, (_, n) => 700 - n),
    ...Array.from({ length: 650 }, () => 700),
    ...Array.from({ length: 800 }, (_, n) => 701 + n),
  ]);
  const history = await serviceOf(work).getJobRetryHistory(id);
  assert.equal(history.length, 2150);
  assert.equal(new Set(history.map((attempt) => attempt.id)).size, 2150);
  const numbers = history.map(({ attemptNumber }) => attemptNumber);
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
});

Deno.test('getJobRetryHistory: none for an unknown job, an error for no id', async () => {
  await using work = await openWorkspace();
  assert.deepEqual(await serviceOf(work).getJobRetryHistory(UNKNOWN_JOB), []);
  await assert.rejects(serviceOf(work).getJobRetryHistory('nonsense'), { code: 'invalid_input' });
});

Deno.test('getRetryHistory: pages, newest first, with the total', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work);
  await logMany(work, id, [1, 2, 3, 4, 5]);
  const service = serviceOf(work);
  const page = async (limit: number, offset: number) => {
    const { attempts, ...rest } = await service.getRetryHistory({ jobId: id, limit, offset });
    return { numbers: attempts.map(({ attemptNumber }) => attemptNumber), ...rest };
  };
  assert.deepEqual(await page(2, 0), { numbers: [5, 4], total: 5, hasMore: true });
  assert.deepEqual(await page(2, 3), { numbers: [2, 1], total: 5, hasMore: false });
  assert.deepEqual(await page(2, 5), { numbers: [], total: 5, hasMore: false });
  assert.deepEqual(await page(2, 50), { numbers: [], total: 5, hasMore: false });
});

Deno.test('getRetryHistory: every filter', async () => {
  await using work = await openWorkspace();
  const first = await enqueueOne(work);
  await failOnce(work, first);
  await failOnce(work, first, 'timeout');
  const second = await enqueueOne(work);
  await logMany(work, second, [1, 2, 3]);
  const service = serviceOf(work);
  const { jobType } = work;
  const count = async (filter: Parameters<RetryHistoryService['getRetryHistory']>[0]) =>
    (await service.getRetryHistory({ jobType, ...filter })).total;
  assert.equal(await count({}), 5);
  assert.equal(await count({ jobId: first }), 2);
  assert.equal(await count({ success: false }), 5);
  assert.equal(await count({ success: true }), 0);
  assert.equal(await count({ errorType: 'timeout' }), 1);
  assert.equal(await count({ attemptNumber: 1 }), 2);
  assert.equal(await count({ startDate: '2026-01-01T00:00:02Z', jobId: second }), 2);
  assert.equal(await count({ endDate: new Date('2026-01-01T00:00:02Z') }), 1);
  assert.equal(await count({ jobType: 'a type nobody knows' }), 0);
  assert.ok((await service.getRetryHistory()).total >= 5);
});

Deno.test('getRetryHistory: filters that make no sense are refused', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  for (
    const filter of [
      { limit: 0 },
      { limit: 1001 },
      { offset: -1 },
      { jobId: 'nonsense' },
      { startDate: 'yesterday-ish' },
      { endDate: new Date(Number.NaN) },
      { success: 'yes' },
      { jobTypes: 'x' },
    ]
  ) {
    const listing: Promise<unknown> = Reflect.apply(service.getRetryHistory, service, [filter]);
    await assert.rejects(listing, { code: 'invalid_input' }, JSON.stringify(filter));
  }
});

Deno.test('getRetryAnalytics: of a type, in a window', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const { jobType } = work;
  const empty = await service.getRetryAnalytics({ jobType });
  assert.equal(empty.totalRetries, 0);
  assert.equal(empty.successRate, null);
  const id = await enqueueOne(work);
  await failOnce(work, id);
  await failOnce(work, id);
  await logMany(work, id, [7]);
  const analytics = await service.getRetryAnalytics({
    jobType,
    startDate: new Date(Date.now() - 3_600_000),
  });
  assert.equal(analytics.totalRetries, 1);
  assert.equal(analytics.failedRetries, 1);
  assert.equal(analytics.successfulRetries / analytics.totalRetries * 100, 0);
  assert.deepEqual(analytics.commonErrorTypes, [{ errorType: 'network', count: 2 }]);
  assert.equal(analytics.jobs.stillWaiting, 1);
  const earlier = await service.getRetryAnalytics({ jobType, endDate: '2026-01-01T00:00:00Z' });
  assert.equal(earlier.totalRetries, 0);
});

Deno.test('getRetryAnalytics: windows that make no sense are refused', async () => {
  await using work = await openWorkspace();
  const service = serviceOf(work);
  const refused = { code: 'invalid_input' };
  await assert.rejects(service.getRetryAnalytics({ startDate: 'soon' }), refused);
  await assert.rejects(
    service.getRetryAnalytics({ startDate: '2026-02-01Z', endDate: '2026-01-01Z' }),
    refused,
  );
});

Deno.test('getJobsNeedingEscalation: failed for good or retried often, newest first', async () => {
  await using work = await openWorkspace({ escalation_threshold: 2, max_retries: 9 });
  const failed = await enqueueOne(work);
  const often = await enqueueOne(work);
  const once = await enqueueOne(work);
  await failOnce(work, failed, 'permission');
  await failOnce(work, once);
  await failOnce(work, often);
  await failOnce(work, often);
  const all = await serviceOf(work).getJobsNeedingEscalation();
  const ours = all.filter(({ jobType }) => jobType === work.jobType);
  assert.deepEqual(ours.map(({ jobId }) => jobId), [often, failed]);
  const { lastAttemptAt, userId, ...first } = ours[0]!;
  assert.ok(lastAttemptAt && userId);
  assert.deepEqual(first, {
    jobId: often,
    jobType: work.jobType,
    retryCount: 2,
    maxRetries: 9,
    lastError: 'failed with network',
  });
  await assert.rejects(serviceOf(work).getJobsNeedingEscalation(0), { code: 'invalid_input' });
});

Deno.test('RetryHistoryService: a date is its midnight in UTC, wherever the database believes to be', async () => {
  const asked: string[] = [];
  const service = new RetryHistoryService({
    client: clientThrough(async (input, init) => {
      const request = new Request(input, init);
      asked.push(decodeURIComponent(request.url) + await request.text());
      return Response.json({ message: 'away' }, { status: 502 });
    }),
  });
  const window = { startDate: '2026-01-31', endDate: '2026-02-01' };
  await assert.rejects(service.getRetryHistory(window));
  await assert.rejects(service.getRetryAnalytics(window));
  assert.equal(asked.length, 2);
  for (const text of asked) {
    assert.match(text, /2026-01-31T00:00:00Z.*2026-02-01T00:00:00Z/);
  }
});

Deno.test('RetryHistoryService: a database that is away is an error of every method', async () => {
  const away = new RetryHistoryService({
    client: clientThrough(() => Promise.reject(new TypeError('connection refused'))),
  });
  const calls = [
    () => away.getJobRetryHistory(UNKNOWN_JOB),
    () => away.getRetryHistory(),
    () => away.getRetryAnalytics(),
    () => away.getJobsNeedingEscalation(),
    () => away.logRetryAttempt({ jobId: UNKNOWN_JOB, attemptNumber: 1, success: true }),
    () => away.cleanupOldRetryHistory(),
  ];
  await Promise.all(
    calls.map((call) => assert.rejects(call(), { code: 'database_unavailable' }, `${call}`)),
  );
});
