import assert from 'node:assert/strict';
import { z } from 'zod';
import { Attempt } from '../../shared/attempt.ts';
import type { ClaimedJob } from '../../shared/claimed_job.ts';
import { JobExecutor } from '../../shared/job_executor.ts';
import { defineHandler, type JobContext } from '../../shared/job_handlers.ts';
import { claimedJob } from './sample_job.ts';
import { listeningLogger } from './workspace.ts';

type Run = (context: JobContext) => unknown;

function executorOf(run: Run, extend: (seconds: number) => boolean = () => true): JobExecutor {
  const config = z.object({ to: z.string() });
  return new JobExecutor({
    handlers: [
      defineHandler({ jobType: 'custom_job', config, run: (_job, context) => run(context) }),
    ],
    secretsOf: () => Promise.resolve([]),
    extendLease: (_job, seconds) => Promise.resolve(extend(seconds)),
    logger: listeningLogger(),
    allowedHosts: ['127.0.0.1'],
  });
}

function execute(run: Run, changes: Partial<ClaimedJob> = {}) {
  return executorOf(run).execute(new Attempt(claimedJob(changes)));
}

Deno.test('JobExecutor: what the handler returns is the result', async () => {
  const ending = await execute(() => ({ sent: 1 }));
  assert.deepEqual(ending, { outcome: { outcome: 'completed', result: { sent: 1 } } });
});

Deno.test('JobExecutor: the handler sees its parsed config, attempt and job', async () => {
  const seen: unknown[] = [];
  const executor = new JobExecutor({
    handlers: [defineHandler({
      jobType: 'custom_job',
      config: z.object({ to: z.string(), copies: z.number().default(2) }),
      run: (job, { attempt }) => seen.push(job.config, job.type, job.isRetry, attempt),
    })],
    secretsOf: () => Promise.resolve([]),
    extendLease: () => Promise.resolve(true),
  });
  await executor.execute(new Attempt(claimedJob({ job_config: { to: 'x' } })));
  assert.deepEqual(seen, [{ to: 'x', copies: 2 }, 'custom_job', true, 3]);
});

Deno.test('JobExecutor: a job_config that does not fit is a validation_error', async () => {
  const ending = await execute(() => 'never', { job_config: { to: 7 } });
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.equal(ending.outcome.error_type, 'validation_error');
  assert.match(ending.outcome.error_message, /to/);
});

Deno.test('JobExecutor: a handler that throws at once fails like one that rejects', async () => {
  const ending = await execute(() => {
    throw Object.assign(new Error('slow down'), { status: 429 });
  });
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.equal(ending.outcome.error_type, 'rate_limit');
});

Deno.test('JobExecutor: a handler that ignores its deadline has timed out all the same', async () => {
  let release = () => {};
  const ending = await execute(
    () => new Promise<void>((resolve) => release = resolve),
    { timeout_seconds: 0.02 },
  );
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.equal(ending.outcome.error_type, 'timeout');
  release();
});

Deno.test('JobExecutor: the signal tells the handler of the deadline', async () => {
  const ending = await execute(
    ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    { timeout_seconds: 0.02 },
  );
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.equal(ending.outcome.error_type, 'timeout');
});

Deno.test('JobExecutor: extendLease moves the deadline with the lease', async () => {
  const asked: number[] = [];
  const executor = executorOf(async ({ extendLease }) => {
    const held = await extendLease(5);
    await new Promise((resolve) => setTimeout(resolve, 60));
    return { held };
  }, (seconds) => asked.push(seconds) > 0);
  const ending = await executor.execute(new Attempt(claimedJob({ timeout_seconds: 0.03 })));
  assert.deepEqual(ending, { outcome: { outcome: 'completed', result: { held: true } } });
  assert.deepEqual(asked, [5]);
});

Deno.test('JobExecutor: a lost lease is told to the handler and leaves its deadline', async () => {
  const executor = executorOf(async ({ extendLease, signal }) => {
    if (await extendLease(5)) return 'held';
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return 'late';
  }, () => false);
  const ending = await executor.execute(new Attempt(claimedJob({ timeout_seconds: 0.03 })));
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
});

Deno.test('JobExecutor: snooze costs no retry; a throw behind it is a failure', async () => {
  assert.deepEqual(await execute(({ snooze }) => snooze(1.2)), {
    outcome: { outcome: 'snoozed', snooze_seconds: 2 },
  });
  const thrown = await execute(({ snooze }) => {
    snooze(1);
    throw new Error('after all');
  });
  assert.ok('outcome' in thrown && thrown.outcome.outcome === 'failed');
  const negative = await execute(({ snooze }) => snooze(-1));
  assert.ok('outcome' in negative && negative.outcome.outcome === 'failed');
  assert.match(negative.outcome.error_message, /'seconds' must be 0 to/);
});

Deno.test('JobExecutor: a cancelled handler that stops is cancelled', async () => {
  const attempt = new Attempt(claimedJob());
  const ending = executorOf(({ signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  ).execute(attempt);
  attempt.cancel();
  assert.deepEqual(await ending, { outcome: { outcome: 'cancelled' } });
});

Deno.test('JobExecutor: a cancelled handler that completes has completed', async () => {
  const attempt = new Attempt(claimedJob());
  const ending = executorOf(async () => {
    attempt.cancel();
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 'done';
  }).execute(attempt);
  assert.deepEqual(await ending, { outcome: { outcome: 'completed', result: 'done' } });
});

Deno.test('JobExecutor: a cancelled handler that extends its lease keeps its deadline', async () => {
  const attempt = new Attempt(claimedJob({ timeout_seconds: 0.05 }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ending = await executorOf(async ({ extendLease }) => {
    attempt.cancel();
    await extendLease(5);
    await new Promise((resolve) => timer = setTimeout(resolve, 10_000));
  }).execute(attempt);
  assert.deepEqual(ending, { outcome: { outcome: 'cancelled' } });
  clearTimeout(timer);
});

Deno.test('JobExecutor: a job that is cancelled before its handler starts never starts', async () => {
  const attempt = new Attempt(claimedJob());
  let started = false;
  const ending = executorOf(() => started = true).execute(attempt);
  attempt.cancel();
  assert.deepEqual(await ending, { outcome: { outcome: 'cancelled' } });
  assert.equal(started, false);
});

Deno.test('JobExecutor: a released attempt is handed back at once', async () => {
  const attempt = new Attempt(claimedJob());
  const ending = executorOf(() => new Promise(() => {})).execute(attempt);
  attempt.release();
  assert.deepEqual(await ending, { handedBack: 'released' });
});

Deno.test('JobExecutor: a type with neither handler nor endpoint is handed back', async () => {
  const ending = await execute(() => 'never', { job_type: 'other' });
  assert.deepEqual(ending, { handedBack: 'no_handler' });
});

Deno.test('JobExecutor: an endpoint goes before a handler, and needs its secret', async () => {
  const executor = new JobExecutor({
    secretsOf: () => Promise.reject(new Error('Vault lacks the secret')),
    extendLease: () => Promise.resolve(true),
    handlers: [
      defineHandler({ jobType: 'custom_job', config: z.object({}), run: () => 'by handler' }),
    ],
    allowedHosts: ['127.0.0.1'],
  });
  const ending = await executor.execute(
    new Attempt(claimedJob({ endpoint_url: 'http://127.0.0.1:9/' })),
  );
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.match(ending.outcome.error_message, /Vault lacks the secret/);
});

Deno.test('JobExecutor: a lease that is extended after the end leaves no timer behind', {
  sanitizeOps: true,
}, async () => {
  const extended = Promise.withResolvers<boolean>();
  let extending: Promise<boolean> | undefined;
  const executor = new JobExecutor({
    secretsOf: () => Promise.resolve([]),
    extendLease: () => extended.promise,
    handlers: [defineHandler({
      jobType: 'custom_job',
      config: z.object({}),
      run(_job, { extendLease }) {
        extending = extendLease(3600);
      },
    })],
  });
  await executor.execute(new Attempt(claimedJob()));
  extended.resolve(true);
  assert.equal(await extending, true);
});

Deno.test('JobExecutor: seconds that make no sense are refused by name', async () => {
  const wrong: Run[] = [
    ({ snooze }) => snooze(Infinity),
    ({ snooze }) => snooze(NaN),
    ({ extendLease }) => extendLease(0),
    ({ extendLease }) => extendLease(1e9),
  ];
  for (const run of wrong) {
    const ending = await execute(run);
    assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
    assert.match(ending.outcome.error_message, /Cannot (snooze|extendLease): 'seconds' must be/);
  }
});

Deno.test('JobExecutor: a lease cut at the deadline ends the attempt there', async () => {
  const deadline = new Date(Date.now() + 1100).toISOString();
  const attempt = new Attempt(
    claimedJob({ deadline_at: deadline, lease_expires_at: deadline, timeout_seconds: 30 }),
  );
  const startedAt = performance.now();
  const ending = await executorOf(() => new Promise(() => {})).execute(attempt);
  assert.ok('outcome' in ending && ending.outcome.outcome === 'failed');
  assert.equal(ending.outcome.error_type, 'timeout');
  assert.ok(performance.now() - startedAt < 10_000);
});

Deno.test('JobExecutor: an endpoint that has said 2xx has done the job, however slow its body', async () => {
  let endBody = () => {};
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"a":'));
      endBody = () => controller.close();
    },
    cancel: () => void (endBody = () => {}),
  });
  await using server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen() {} },
    () => new Response(body),
  );
  const ending = await executorOf(() => 'never').execute(
    new Attempt(
      claimedJob({ endpoint_url: `http://127.0.0.1:${server.addr.port}/`, timeout_seconds: 1 }),
    ),
  );
  assert.deepEqual(ending, { outcome: { outcome: 'completed', result: undefined } });
  // Older runtimes do not tell a server that its reader has gone, and it would wait for the end.
  endBody();
});
