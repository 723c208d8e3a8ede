import assert from 'node:assert/strict';
import { analyse, type Analytics, ours } from './analytics.ts';
import { withAttempts } from './attempts.ts';
import { actAs, databaseTest } from './database.ts';
import { claimedJob, expireLease, historyOf, insertPolicy } from './jobs.ts';
import { claimAgain, failedJob, rescue, settleOne } from './lifecycle.ts';

const NOTHING: Analytics = {
  totalRetries: 0,
  successfulRetries: 0,
  failedRetries: 0,
  retriedJobs: 0,
  successRate: null,
  averageDelaySeconds: null,
  medianDurationMs: null,
  p95DurationMs: null,
  averageAttemptsToSuccess: null,
  medianSecondsToRecovery: null,
  p95SecondsToRecovery: null,
  commonErrorTypes: [],
  retryDistribution: [],
  jobTypeBreakdown: [],
  jobs: {
    failedAtLeastOnce: 0,
    recovered: 0,
    permanentlyFailed: 0,
    cancelled: 0,
    stillWaiting: 0,
  },
};
const SUCCESS = { success: true, decision: 'succeeded', is_retry: true };

databaseTest('get_retry_analytics: of nothing, counts are zero and rates are null', async (sql) => {
  assert.deepEqual(await ours(sql), NOTHING);
  await actAs(sql, 'authenticated', { sub: crypto.randomUUID() });
  assert.deepEqual(await analyse(sql), NOTHING);
});

databaseTest('get_retry_analytics: retries are counted, first attempts are not', async (sql) => {
  await withAttempts(sql, [{}, {}, SUCCESS]);
  await withAttempts(sql, [{}, {}]);
  const analytics = await ours(sql);
  assert.deepEqual(
    [analytics.totalRetries, analytics.successfulRetries, analytics.failedRetries],
    [3, 1, 2],
  );
  assert.equal(analytics.successRate, 33.33);
});

databaseTest(
  'get_retry_analytics: first failures alone are no retries, and have no rate',
  async (sql) => {
    await withAttempts(sql, [{ delay_seconds: 60 }]);
    const analytics = await ours(sql);
    assert.deepEqual([analytics.totalRetries, analytics.successRate], [0, null]);
    assert.equal(analytics.averageDelaySeconds, 60);
    assert.deepEqual(analytics.jobTypeBreakdown, [
      { jobType: 'test_job', totalRetries: 0, successRate: null },
    ]);
    assert.deepEqual(analytics.retryDistribution, []);
  },
);

databaseTest(
  'get_retry_analytics: a wait of 0 s counts in the average, no wait does not',
  async (sql) => {
    await withAttempts(sql, [{ delay_seconds: 0 }, { delay_seconds: 100 }, {
      delay_seconds: null,
    }]);
    assert.equal((await ours(sql)).averageDelaySeconds, 50);
  },
);

databaseTest(
  'get_retry_analytics: attempts to success are failures and one, gaps not',
  async (sql) => {
    await withAttempts(sql, [{}, { ...SUCCESS, attempt_number: 9 }]);
    await withAttempts(sql, [{}, {}, {}, SUCCESS]);
    await withAttempts(sql, [{}, {}, {}]);
    assert.equal((await ours(sql)).averageAttemptsToSuccess, 3);
  },
);

databaseTest(
  'get_retry_analytics: failures before the window count for a success in it',
  async (sql) => {
    const at = (day: number) => ({
      attempted_at: `2071-01-0${day}`,
      created_at: `2071-01-0${day}`,
    });
    await withAttempts(sql, [at(1), at(2), { ...SUCCESS, ...at(3) }]);
    const analytics = await analyse(sql, {
      jobType: 'test_job',
      start: new Date('2071-01-03'),
    });
    assert.equal(analytics.averageAttemptsToSuccess, 3);
    assert.equal(analytics.medianSecondsToRecovery, 2 * 86_400);
    assert.deepEqual(analytics.retryDistribution, [
      { attempt: 3, retries: 1, successful: 1, successRate: 100 },
    ]);
    assert.equal(analytics.jobs.failedAtLeastOnce, 0);
  },
);

databaseTest(
  'get_retry_analytics: a late success without a failure recovered nothing',
  async (sql) => {
    const job = await claimedJob(sql);
    await expireLease(sql, job.job_id);
    await rescue(sql);
    await settleOne(sql, job, 'completed');
    const [line] = await historyOf(sql, job.job_id);
    assert.equal(line!.decision, 'succeeded_late');
    const analytics = await ours(sql);
    assert.equal(analytics.averageAttemptsToSuccess, null);
    assert.equal(analytics.totalRetries, 0);
    assert.equal(analytics.averageDelaySeconds, null);
    assert.deepEqual(analytics.jobs, NOTHING.jobs);
    assert.deepEqual(analytics.commonErrorTypes, []);
  },
);

databaseTest(
  'get_retry_analytics: the ten most common error types, of all failures',
  async (sql) => {
    const types = [...'abcdefghijkl'];
    await withAttempts(sql, types.map((error_type) => ({ error_type })));
    await withAttempts(sql, [{ error_type: 'k' }, { error_type: 'c' }, { error_type: 'k' }]);
    assert.deepEqual((await ours(sql)).commonErrorTypes, [
      { errorType: 'k', count: 3 },
      { errorType: 'c', count: 2 },
      ...[...'abdefghi'].map((errorType) => ({ errorType, count: 1 })),
    ]);
  },
);

databaseTest(
  'get_retry_analytics: the distribution counts attempts, not their numbers',
  async (sql) => {
    await withAttempts(sql, [{}, { attempt_number: 5 }, { ...SUCCESS, attempt_number: 9 }]);
    await withAttempts(sql, [{}, SUCCESS]);
    assert.deepEqual((await ours(sql)).retryDistribution, [
      { attempt: 2, retries: 2, successful: 1, successRate: 50 },
      { attempt: 3, retries: 1, successful: 1, successRate: 100 },
    ]);
  },
);

databaseTest(
  'get_retry_analytics: durations and recoveries, the middle and the 95th',
  async (sql) => {
    for (let second = 1; second <= 21; second++) {
      await withAttempts(sql, [
        { duration_ms: second * 100, created_at: '2026-01-01T00:00:00Z' },
        { ...SUCCESS, created_at: new Date(Date.parse('2026-01-01T00:00:00Z') + second * 1000) },
      ]);
    }
    const analytics = await ours(sql);
    assert.deepEqual([analytics.medianDurationMs, analytics.p95DurationMs], [1100, 2000]);
    const recovery = [analytics.medianSecondsToRecovery, analytics.p95SecondsToRecovery];
    assert.deepEqual(recovery, [11, 20]);
  },
);

databaseTest('get_retry_analytics: where the jobs that failed are now', async (sql) => {
  const ended = (status: string) => ({ status, final_status: status, completed_at: new Date() });
  await withAttempts(sql, [{}, SUCCESS], ended('completed'));
  await withAttempts(sql, [{}], ended('permanently_failed'));
  await withAttempts(sql, [{}, {}], ended('permanently_failed'));
  await withAttempts(sql, [{}], ended('cancelled'));
  await withAttempts(sql, [{}]);
  await withAttempts(sql, [], ended('permanently_failed'));
  assert.deepEqual((await ours(sql)).jobs, {
    failedAtLeastOnce: 5,
    recovered: 1,
    permanentlyFailed: 2,
    cancelled: 1,
    stillWaiting: 1,
  });
});

databaseTest('get_retry_analytics: what the engine writes is what it counts', async (sql) => {
  await insertPolicy(sql, { max_retries: 1 });
  const recovered = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, recovered.job_id), 'completed');
  const lost = await failedJob(sql);
  await settleOne(sql, await claimAgain(sql, lost.job_id), 'failed', { error_type: 'timeout' });
  await failedJob(sql);
  await settleOne(sql, await claimedJob(sql), 'completed');
  const analytics = await ours(sql);
  assert.deepEqual(
    [analytics.totalRetries, analytics.successfulRetries, analytics.averageAttemptsToSuccess],
    [2, 1, 2],
  );
  assert.equal(analytics.averageDelaySeconds, 7200);
  assert.deepEqual(analytics.commonErrorTypes, [
    { errorType: 'network', count: 3 },
    { errorType: 'timeout', count: 1 },
  ]);
  const { recovered: back, permanentlyFailed, stillWaiting } = analytics.jobs;
  assert.deepEqual([back, permanentlyFailed, stillWaiting], [1, 1, 1]);
});
