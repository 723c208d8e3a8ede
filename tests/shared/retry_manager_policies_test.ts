import assert from 'node:assert/strict';
import { enqueueOne, managerOf, UNKNOWN_JOB } from './retries.ts';
import { openWorkspace } from './workspace.ts';

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
