import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import type { Database } from '../../shared/database.types.ts';
import { readEnvironment } from '../../shared/environment.ts';
import { RetryManager } from '../../shared/retry_manager.ts';
import { enqueueOne, managerOf, passWaits, UNKNOWN_JOB } from './retries.ts';
import { clientThrough, done, listeningLogger, openWorkspace } from './workspace.ts';

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
  const client = createClient<Database>(
    readEnvironment('SUPABASE_URL') ?? '',
    readEnvironment('SUPABASE_PUBLISHABLE_KEY') ?? '',
    { auth: { persistSession: false, autoRefreshToken: false } },
  );
  const manager = new RetryManager({ client });
  await assert.rejects(manager.getRetryConfig('default'), { code: 'forbidden' });
  await assert.rejects(manager.scheduleRetry(UNKNOWN_JOB, 'e'), { code: 'forbidden' });
});
