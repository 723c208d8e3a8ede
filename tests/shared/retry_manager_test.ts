import assert from 'node:assert/strict';
import { RetryManager } from '../../shared/retry_manager.ts';
import {
  clientThrough,
  done,
  listeningLogger,
  openWorkspace,
  type Workspace,
} from './workspace.ts';

const UNKNOWN_JOB = '00000000-0000-4000-8000-0000000000aa';

function managerOf({ client }: Workspace, executorId = 'manager'): RetryManager {
  return new RetryManager({ client, executorId, logger: listeningLogger() });
}

async function enqueueOne(work: Workspace, columns: Record<string, unknown> = {}): Promise<string> {
  const [id] = await work.enqueue(columns);
  assert.ok(id);
  return id;
}

/** Makes the waiting jobs of the type due. */
async function passWaits({ client, jobType }: Workspace): Promise<void> {
  done(
    await client.from('puppet_jobs').update({ next_retry_at: '2026-01-01T00:00:00Z' })
      .eq('job_type', jobType).eq('final_status', 'failed'),
  );
}

Deno.test('scheduleRetry: a due job fails, waits and is retried', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work);
  const manager = managerOf(work);
  assert.equal(
    await manager.scheduleRetry(id, 'Network timeout occurred', 'network', 'executor-id'),
    true,
  );
  const [job] = await work.jobs();
  assert.equal(job?.status, 'queued');
  assert.equal(job?.last_error_type, 'network');
  assert.equal(job?.last_execution_error, 'Network timeout occurred');
  assert.equal((await work.history())[0]?.executor_id, 'executor-id');
});

Deno.test('scheduleRetry: an error that is not retried answers false', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  assert.equal(await manager.scheduleRetry(await enqueueOne(work), 'no', 'permission'), false);
  assert.equal(await manager.scheduleRetry(UNKNOWN_JOB, 'no', 'network'), false);
});

Deno.test('scheduleRetry: what Postgres cannot store is left out', async () => {
  await using work = await openWorkspace();
  assert.equal(await managerOf(work).scheduleRetry(await enqueueOne(work), 'a\0b\ud800'), true);
  const [job] = await work.jobs();
  assert.equal(job?.last_execution_error, 'ab\ufffd');
  assert.equal(job?.last_error_type, 'unknown_error');
});

Deno.test('scheduleJobRetry: tells when the retry is due, or why there is none', async () => {
  await using work = await openWorkspace({ base_delay_seconds: 600, max_retries: 1 });
  const id = await enqueueOne(work);
  const manager = managerOf(work);
  const before = Date.now();
  const { nextRetryAt, ...first } = await manager.scheduleJobRetry(id, 'refused', 'network');
  assert.deepEqual(first, { scheduled: true, decision: 'retry_scheduled', reason: null });
  assert.ok(Math.abs(Date.parse(nextRetryAt ?? '') - before - 600_000) < 60_000);

  const again = await manager.scheduleJobRetry(id, 'refused', 'network');
  assert.deepEqual(again, { ...first, nextRetryAt, reason: 'reported_before' });
  const other = await manager.scheduleJobRetry(id, 'another error', 'network');
  assert.deepEqual([other.scheduled, other.reason], [false, 'not_due']);

  await passWaits(work);
  assert.deepEqual(await manager.scheduleJobRetry(id, 'refused', 'network'), {
    scheduled: false,
    nextRetryAt: null,
    decision: 'max_retries_reached',
    reason: null,
  });
});

Deno.test('scheduleJobRetry: a report that does not count is logged and says why', async () => {
  await using work = await openWorkspace();
  const logger = listeningLogger();
  const manager = new RetryManager({ client: work.client, executorId: 'manager', logger });
  assert.deepEqual(await manager.scheduleJobRetry(UNKNOWN_JOB, 'refused'), {
    scheduled: false,
    nextRetryAt: null,
    decision: null,
    reason: 'job_not_found',
  });
  assert.match(logger.lines[0] ?? '', /job_not_found/);
  await assert.rejects(manager.scheduleJobRetry('nonsense', 'refused'), { code: 'invalid_input' });
  await assert.rejects(manager.scheduleJobRetry(UNKNOWN_JOB, 'refused', 'network', ' '), {
    code: 'invalid_input',
  });
});

Deno.test('markRetrySuccess: a retry completes with its result', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work);
  const manager = managerOf(work);
  await manager.scheduleRetry(id, 'refused', 'network');
  await passWaits(work);
  assert.deepEqual(await manager.markRetrySuccess(id, { sent: 1 }), {
    accepted: true,
    status: 'completed',
    decision: 'succeeded',
    reason: null,
  });
  assert.deepEqual((await work.jobs())[0]?.result_data, { sent: 1 });
  const history = await manager.getJobRetryHistory(id);
  assert.deepEqual(history.map(({ decision }) => decision), ['retry_scheduled', 'succeeded']);
});

Deno.test('markRetrySuccess: the job of another executor is not touched', async () => {
  await using work = await openWorkspace();
  const id = await enqueueOne(work);
  done(
    await work.client.rpc('claim_jobs', {
      p_executor_id: 'another',
      p_job_types: [work.jobType],
    }),
  );
  const refused = await managerOf(work).markRetrySuccess(id);
  assert.equal(refused.accepted, false);
  assert.equal(refused.reason, 'held_by_another');
  assert.equal((await managerOf(work, 'another').markRetrySuccess(id)).status, 'completed');
  assert.equal((await managerOf(work).markRetrySuccess(id)).reason, 'already_ended');
});

Deno.test('getRetryConfig: the policy in camelCase; default for a type without one', async () => {
  await using work = await openWorkspace({
    base_delay_seconds: 33,
    backoff_multiplier: 1.5,
    delay_schedule_seconds: [1, 2],
  });
  const manager = managerOf(work);
  const config = await manager.getRetryConfig(work.jobType);
  assert.equal(config.jobType, work.jobType);
  assert.equal(config.baseDelaySeconds, 33);
  assert.equal(config.backoffMultiplier, 1.5);
  assert.equal(config.jitterEnabled, false);
  assert.deepEqual(config.delayScheduleSeconds, [1, 2]);
  assert.equal(config.maxElapsedSeconds, null);
  assert.equal((await manager.getRetryConfig('a type nobody knows')).jobType, 'default');
  const { data: row } = await work.client.from('puppet_job_retry_config').select().limit(1)
    .single();
  assert.equal(Object.keys(config).length, Object.keys(row ?? {}).length, 'a column is missing');
});

Deno.test('updateRetryConfig: changes what is given, and the next failure follows', async () => {
  await using work = await openWorkspace({ max_retries: 7 });
  const manager = managerOf(work);
  const before = await manager.getRetryConfig(work.jobType);
  const after = await manager.updateRetryConfig(work.jobType, {
    baseDelaySeconds: 60,
    retryOnErrorTypes: ['network'],
    description: undefined,
  });
  const { updatedAt, ...rest } = after;
  assert.deepEqual({ ...rest, updatedAt: before.updatedAt }, {
    ...before,
    baseDelaySeconds: 60,
    retryOnErrorTypes: ['network'],
  });
  assert.notEqual(updatedAt, before.updatedAt);
  await manager.scheduleRetry(await enqueueOne(work), 'refused', 'network');
  assert.equal((await work.history())[0]?.delay_seconds, 60);
});

Deno.test('updateRetryConfig: nonsense is refused with a typed error', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const refused = { code: 'invalid_input' };
  await assert.rejects(manager.updateRetryConfig(work.jobType, {}), refused);
  for (
    const change of [
      { maxRetry: 3 },
      { jobType: 'other' },
      { maxRetries: '3' },
      { maxRetries: 1.5 },
      { maxRetries: null },
      { jitterStrategy: 'wild' },
      { backoffMultiplier: Number.NaN },
      // What makes sense, the table says.
      { maxRetries: -1 },
      { maxDelaySeconds: 1 },
      { maxRetries: 99_999_999_999 },
    ]
  ) {
    const update: Promise<unknown> = Reflect.apply(manager.updateRetryConfig, manager, [
      work.jobType,
      change,
    ]);
    await assert.rejects(update, refused, JSON.stringify(change));
  }
  await assert.rejects(manager.updateRetryConfig('a type nobody knows', { maxRetries: 1 }), {
    code: 'policy_not_found',
  });
});

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

Deno.test('manualRetry: an ended job gets a fresh budget; others are refused', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const id = await enqueueOne(work);
  await assert.rejects(manager.manualRetry(id), { code: 'conflict' });
  await manager.scheduleRetry(id, 'no', 'permission');
  const state = await manager.manualRetry(id, 'the key was renewed');
  assert.equal(state.jobId, id);
  assert.equal(state.status, 'queued');
  assert.equal(state.retryCount, 0);
  assert.ok(state.nextRetryAt);
  assert.equal((await manager.getJobRetryInfo(id)).nextRetryReason, 'the key was renewed');
  await assert.rejects(manager.manualRetry(UNKNOWN_JOB), { code: 'job_not_found' });
  await assert.rejects(manager.manualRetry('nonsense'), { code: 'invalid_input' });
});

Deno.test('manualRetry: a job past its deadline is refused', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const id = await enqueueOne(work, {
    deadline_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await manager.scheduleRetry(id, 'no', 'permission');
  done(
    await work.client.from('puppet_jobs').update({ deadline_at: '2026-01-01T00:00:00Z' })
      .eq('id', id),
  );
  await assert.rejects(manager.manualRetry(id), { code: 'invalid_input' });
});

Deno.test('calculateRetryDelay: the database doubles from 2 h to a day', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const delays = [];
  for (let n = 0; n < 6; n++) {
    delays.push(await manager.calculateRetryDelay(n, { jitterEnabled: false }));
  }
  assert.deepEqual(delays, [7200, 14400, 28800, 57600, 86400, 86400]);
  const jittered = await manager.calculateRetryDelay(0);
  assert.ok(jittered >= 7200 && jittered <= 7500);
  const config = await manager.updateRetryConfig(work.jobType, {
    baseDelaySeconds: 10,
    backoffMultiplier: 3,
  });
  assert.equal(await manager.calculateRetryDelay(2, config), 90);
});

Deno.test('calculateRetryDelay: what it cannot know is refused', async () => {
  await using work = await openWorkspace();
  const manager = managerOf(work);
  const refused = { code: 'invalid_input' };
  await assert.rejects(manager.calculateRetryDelay(-1), refused);
  await assert.rejects(manager.calculateRetryDelay(0.5), refused);
  await assert.rejects(manager.calculateRetryDelay(1, { backoffMultiplier: 0.5 }), refused);
  await assert.rejects(manager.calculateRetryDelay(1, { jitterStrategy: 'full' }), refused);
  await assert.rejects(manager.calculateRetryDelay(1, { delayScheduleSeconds: [1] }), refused);
});

Deno.test('shouldRetryJob: says what a failure would lead to, and changes nothing', async () => {
  await using work = await openWorkspace({ max_retries: 1 });
  const manager = managerOf(work);
  const id = await enqueueOne(work);
  assert.equal(await manager.shouldRetryJob(id, 'network'), true);
  assert.equal(await manager.shouldRetryJob(id), true);
  assert.equal(await manager.shouldRetryJob(id, 'permission'), false);
  assert.equal((await work.jobs())[0]?.execution_attempts, 0);
  await manager.scheduleRetry(id, 'e', 'network');
  assert.equal(await manager.shouldRetryJob(id, 'network'), false);
  await assert.rejects(manager.shouldRetryJob(UNKNOWN_JOB), { code: 'job_not_found' });
});

Deno.test('RetryManager: a database that is away is an error of every method', async () => {
  const away = new RetryManager({
    client: clientThrough(() => Promise.reject(new TypeError('connection refused'))),
    executorId: 'manager',
  });
  const calls = [
    () => away.scheduleRetry(UNKNOWN_JOB, 'e'),
    () => away.scheduleJobRetry(UNKNOWN_JOB, 'e'),
    () => away.markRetrySuccess(UNKNOWN_JOB),
    () => away.getRetryConfig('default'),
    () => away.updateRetryConfig('default', { maxRetries: 5 }),
    () => away.getJobsReadyForRetry(),
    () => away.getJobRetryInfo(UNKNOWN_JOB),
    () => away.getJobRetryHistory(UNKNOWN_JOB),
    () => away.getRetryStats('day'),
    () => away.manualRetry(UNKNOWN_JOB),
    () => away.calculateRetryDelay(0),
    () => away.shouldRetryJob(UNKNOWN_JOB),
  ];
  await Promise.all(
    calls.map((call) => assert.rejects(call(), { code: 'database_unavailable' }, `${call}`)),
  );
});

Deno.test('RetryManager: a key that may not is forbidden', async () => {
  const publishable = Deno.env.get('SUPABASE_PUBLISHABLE_KEY') ?? '';
  const client = clientThrough((input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('apikey', publishable);
    headers.set('authorization', `Bearer ${publishable}`);
    return fetch(input, { ...init, headers });
  });
  const manager = new RetryManager({ client });
  await assert.rejects(manager.getRetryConfig('default'), { code: 'forbidden' });
  await assert.rejects(manager.scheduleRetry(UNKNOWN_JOB, 'e'), { code: 'forbidden' });
});
