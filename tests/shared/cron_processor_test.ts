import assert from 'node:assert/strict';
import { z } from 'zod';
import { CronProcessor, type CronProcessorOptions } from '../../shared/cron_processor.ts';
import { defineHandler, type HandledJob, type JobContext } from '../../shared/job_handlers.ts';
import { answerHalf, type ServeSocket, withSocketServer } from './socket_server.ts';
import {
  clientThrough,
  done,
  eventually,
  listeningLogger,
  openWorkspace,
  type Workspace,
} from './workspace.ts';

type Config = { n?: number | undefined };
type Run = (job: HandledJob<Config>, context: JobContext) => unknown;

function processorOf(
  { jobType, client }: Workspace,
  run: Run,
  options: CronProcessorOptions = {},
): CronProcessor {
  const config = z.object({ n: z.number().optional() });
  return new CronProcessor({
    processorId: `processor-of-${jobType}`,
    client,
    handlers: [defineHandler({ jobType, config, run })],
    logger: listeningLogger(),
    ...options,
  });
}

const fail: Run = () => {
  throw Object.assign(new Error('fetch failed'), { code: 'ECONNRESET' });
};

Deno.test('CronProcessor: a failed job waits in the database, and its retry completes', async () => {
  await using work = await openWorkspace({ base_delay_seconds: 600 });
  await work.enqueue({}, {});

  const first = await processorOf(work, fail).processFullBatch();
  assert.equal(first.totalJobs, 2);
  assert.equal(first.failedJobs, 2);
  assert.equal(first.retriedJobs, 0);
  assert.deepEqual((await work.jobs()).map((job) => [job.status, job.last_error_type]), [
    ['queued', 'network'],
    ['queued', 'network'],
  ]);
  assert.equal((await processorOf(work, fail).drain()).totalJobs, 0);

  const due = { next_retry_at: new Date(Date.now() - 1000).toISOString() };
  done(await work.client.from('puppet_jobs').update(due).eq('job_type', work.jobType));
  const second = await processorOf(work, () => ({ sent: true })).processFullBatch();
  assert.equal(second.successfulJobs, 2);
  assert.equal(second.retriedJobs, 2);
  const [job] = await work.jobs();
  assert.equal(job?.status, 'completed');
  assert.deepEqual(job?.result_data, { sent: true });
  assert.deepEqual((await work.history()).map(({ decision }) => decision).sort(), [
    'retry_scheduled',
    'retry_scheduled',
    'succeeded',
    'succeeded',
  ]);
});

Deno.test('CronProcessor: processBatch takes new jobs only, processRetryJobs retries only', async () => {
  await using work = await openWorkspace();
  const past = new Date(Date.now() - 1000).toISOString();
  await work.enqueue(
    { job_config: { n: 1 } },
    {
      job_config: { n: 2 },
      status: 'queued',
      final_status: 'failed',
      retry_count: 1,
      next_retry_at: past,
    },
  );
  const seen: unknown[] = [];
  const processor = processorOf(work, ({ config }) => seen.push(config.n));
  assert.equal((await processor.processBatch()).totalJobs, 1);
  assert.deepEqual(seen, [1]);
  assert.equal((await processor.processRetryJobs()).retriedJobs, 1);
  assert.deepEqual(seen, [1, 2]);
});

Deno.test('CronProcessor: one pass takes a batch, a drain takes all', async () => {
  await using work = await openWorkspace();
  await work.enqueue(...Array.from({ length: 25 }, () => ({})));
  let running = 0;
  let most = 0;
  const processor = processorOf(work, async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
  }, { batchSize: 4 });
  assert.equal((await processor.processFullBatch()).totalJobs, 4);
  assert.equal((await processor.drain({ maxJobs: 6 })).totalJobs, 6);
  assert.equal((await processor.drain()).totalJobs, 15);
  assert.equal(most, 4);
});

Deno.test('CronProcessor: a malformed job_config fails that job alone', async () => {
  await using work = await openWorkspace();
  await work.enqueue({ job_config: { n: 'seven' } }, { job_config: { n: 7 } });
  const result = await processorOf(work, () => 'ok').processFullBatch();
  assert.deepEqual([result.successfulJobs, result.failedJobs], [1, 1]);
  assert.deepEqual(
    (await work.jobs()).map((job) => [job.status, job.stop_reason]).sort(),
    [['completed', 'succeeded'], ['permanently_failed', 'error_not_retryable']],
  );
});

Deno.test('CronProcessor: results and messages of any size and encoding are stored', async () => {
  await using work = await openWorkspace();
  await work.enqueue(...[1, 2, 3, 4, 5].map((n) => ({ job_config: { n } })));
  const odd = 'a\u0000b\ud800c';
  const result = await processorOf(work, ({ config }) => {
    if (config.n === 1) return { [odd]: odd };
    if (config.n === 2) return 'x'.repeat(1_000_000);
    if (config.n === 3) throw new Error(odd + 'é'.repeat(100_000));
    if (config.n === 4) return 12n;
    return undefined;
  }).processFullBatch();
  assert.deepEqual(result.errors, []);
  assert.deepEqual([result.successfulJobs, result.failedJobs], [4, 1]);
  const jobs = await work.jobs();
  const results = jobs.map((job) => JSON.stringify(job.result_data)).sort();
  assert.ok(results.includes('{"ab\ufffdc":"ab\ufffdc"}'), results.join());
  assert.ok(results.some((text) => /"truncated":true/.test(text)), results.join());
  const message = jobs.find((job) => job.last_execution_error)?.last_execution_error ?? '';
  assert.ok(message.startsWith('ab\ufffdc'), message.slice(0, 20));
});

Deno.test('CronProcessor: a timed out attempt counts as failed and as timed out', async () => {
  await using work = await openWorkspace({ timeout_seconds: 1 });
  await work.enqueue({});
  const result = await processorOf(work, () => new Promise(() => {})).processFullBatch();
  assert.deepEqual([result.failedJobs, result.timedOutJobs], [1, 1]);
});

Deno.test('CronProcessor: a cancelled job hears of it by the next heartbeat', async () => {
  await using work = await openWorkspace();
  const [id = ''] = await work.enqueue({});
  const running = processorOf(work, (_job, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    }), { heartbeatMs: 50 }).processFullBatch();
  await eventually('the job runs', async () => (await work.jobs())[0]?.status === 'running');
  done(await work.client.rpc('cancel_job', { p_job_id: id, p_reason: 'not wanted' }));
  const result = await running;
  assert.equal(result.totalJobs, 1);
  assert.equal((await work.jobs())[0]?.status, 'cancelled');
});

Deno.test('CronProcessor: heartbeats keep the lease of a long job', async () => {
  await using work = await openWorkspace();
  await work.enqueue({});
  const running = processorOf(
    work,
    () => new Promise((resolve) => setTimeout(() => resolve('done'), 400)),
    { heartbeatMs: 50 },
  ).processFullBatch();
  await eventually('the job runs', async () => (await work.jobs())[0]?.status === 'running');
  // Its lease is about to run out, but a heartbeat comes first.
  done(
    await work.client.from('puppet_jobs')
      .update({ execution_timeout_at: new Date(Date.now() + 150).toISOString() })
      .eq('job_type', work.jobType),
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  done(await work.client.rpc('rescue_expired_jobs', { p_limit: 1000 }));
  assert.equal((await running).successfulJobs, 1);
  assert.equal((await work.jobs())[0]?.status, 'completed');
});

Deno.test('CronProcessor: an attempt whose lease is lost stops and reports nothing', async () => {
  await using work = await openWorkspace();
  await work.enqueue({});
  const running = processorOf(work, () => new Promise(() => {}), { heartbeatMs: 50 })
    .processFullBatch();
  await eventually('the job runs', async () => (await work.jobs())[0]?.status === 'running');
  done(
    await work.client.from('puppet_jobs').update({ lease_token: crypto.randomUUID() })
      .eq('job_type', work.jobType),
  );
  const result = await running;
  assert.deepEqual([result.totalJobs, result.skippedJobs, result.errors.length], [0, 1, 1]);
  assert.equal((await work.jobs())[0]?.status, 'running');
});

Deno.test('CronProcessor: a job whose claim was so long in coming that it was lost does not begin', async () => {
  await using work = await openWorkspace();
  await work.enqueue({}, {});
  let ran = 0;
  // Between the claim and its answer, one of the two leases runs out and the job is rescued.
  const client = clientThrough(async (input, init) => {
    const response = await fetch(input, init);
    if (!String(input).endsWith('/settle_and_claim_jobs') || ran > 0) return response;
    const [job] = await work.jobs();
    if (job?.status === 'running') {
      done(
        await work.client.from('puppet_jobs').update({ execution_timeout_at: job.created_at })
          .eq('id', job.id),
      );
      done(await work.client.rpc('rescue_expired_jobs', { p_limit: 1000 }));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return response;
  });
  const result = await processorOf(work, () => void ran++, { client, heartbeatMs: 50 })
    .processFullBatch();
  assert.equal(ran, 1);
  assert.deepEqual([result.totalJobs, result.skippedJobs], [1, 1]);
  assert.match(result.errors[0]?.error ?? '', /lost before it began/);
  assert.deepEqual((await work.jobs()).map(({ status }) => status), ['queued', 'completed']);
});

Deno.test('CronProcessor: handBack returns unfinished jobs, due at once, without a failure', async () => {
  await using work = await openWorkspace();
  await work.enqueue({}, {});
  const processor = processorOf(work, () => new Promise(() => {}));
  const running = processor.drain();
  await eventually(
    'the jobs run',
    async () => (await work.jobs()).every((job) => job.status === 'running'),
  );
  await processor.handBack('wall_clock');
  const result = await running;
  assert.deepEqual([result.totalJobs, result.skippedJobs], [0, 2]);
  for (const job of await work.jobs()) {
    assert.equal(job.status, 'pending');
    assert.equal(job.release_count, 1);
    assert.equal(job.executing_by, null);
  }
  assert.deepEqual(await work.history(), []);
});

Deno.test('CronProcessor: jobs that are just being claimed when all is handed back go back too', async () => {
  await using work = await openWorkspace();
  await work.enqueue({}, {});
  let ran = 0;
  let handedBack: Promise<void> | undefined;
  const client = clientThrough(async (input, init) => {
    const response = await fetch(input, init);
    if (String(input).endsWith('/settle_and_claim_jobs')) {
      handedBack = processor.handBack('wall_clock');
    }
    return response;
  });
  const processor = processorOf(work, () => void ran++, { client });
  const running = processor.drain();
  await eventually('the jobs are claimed', () => handedBack !== undefined);
  await handedBack;
  assert.deepEqual((await work.jobs()).map((job) => [job.status, job.release_count]), [
    ['pending', 1],
    ['pending', 1],
  ]);
  const result = await running;
  assert.equal(ran, 0);
  assert.deepEqual([result.totalJobs, result.skippedJobs], [0, 2]);
});

Deno.test('CronProcessor: what has finished is settled by the time all is handed back', async () => {
  await using work = await openWorkspace();
  await work.enqueue({ job_config: { n: 1 } }, {}, {});
  let ended = 0;
  const client = clientThrough(async (input, init) => {
    if (/\/(settle|release)_jobs$/.test(String(input))) {
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return await fetch(input, init);
  });
  const processor = processorOf(
    work,
    ({ config }) => config.n === undefined ? new Promise(() => {}) : ended++,
    { batchSize: 3, client },
  );
  const states = async () => (await work.jobs()).map(({ status }) => status).sort();
  const running = processor.drain();
  // Two are running still, so that the outcome of the first waits for company.
  await eventually('one has finished', () => ended === 1);
  await processor.handBack('shutdown');
  assert.deepEqual(await states(), ['completed', 'pending', 'pending']);
  const result = await running;
  assert.deepEqual([result.totalJobs, result.skippedJobs], [1, 2]);

  ended = 0;
  await work.enqueue({ job_config: { n: 1 }, priority: 10 });
  const again = processor.drain();
  await eventually('another has finished', () => ended === 1);
  const handedBack = processor.handBack('shutdown');
  await again;
  assert.deepEqual(
    await states(),
    ['completed', 'completed', 'pending', 'pending'],
    'by the drain',
  );
  await handedBack;
});

Deno.test('CronProcessor: a run that is just beginning when all is handed back claims nothing', async () => {
  await using work = await openWorkspace();
  await work.enqueue({});
  let handedBack: Promise<void> | undefined;
  const client = clientThrough(async (input, init) => {
    const response = await fetch(input, init);
    if (String(input).endsWith('/register_handled_types')) {
      handedBack = processor.handBack('cpu');
      await handedBack;
    }
    return response;
  });
  const processor = processorOf(work, () => 'ok', { client });
  assert.equal((await processor.drain()).totalJobs, 0);
  assert.ok(handedBack);
  assert.deepEqual((await work.jobs()).map(({ status }) => status), ['pending']);
});

Deno.test('CronProcessor: a hand-back for memory counts as a crash of the job', async () => {
  await using work = await openWorkspace();
  await work.enqueue({});
  const processor = processorOf(work, () => new Promise(() => {}));
  const running = processor.drain();
  await eventually('the job runs', async () => (await work.jobs())[0]?.status === 'running');
  await processor.handBack('memory');
  await running;
  const [job] = await work.jobs();
  assert.deepEqual([job?.status, job?.crash_count], ['queued', 1]);
});

Deno.test('CronProcessor: a job that its endpoint has taken is not handed back', async () => {
  let calls = 0;
  const serve: ServeSocket = (socket) => calls++ === 0 ? answerHalf(socket) : undefined;
  await withSocketServer(serve, async (port) => {
    const endpoint_url = `http://127.0.0.1:${port}/`;
    await using work = await openWorkspace({ endpoint_url });
    await work.enqueue({}, {});
    const processor = processorOf(work, () => 'never', { allowedHosts: ['127.0.0.1'] });
    const running = processor.drain();
    await eventually('both are delivered', () => calls === 2);
    // Until the first answer's status has come.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await processor.handBack('memory');
    const jobs = await work.jobs();
    assert.deepEqual(jobs.map((job) => [job.status, job.crash_count]).sort(), [
      ['completed', 0],
      ['queued', 1],
    ]);
    const result = await running;
    assert.deepEqual([result.successfulJobs, result.skippedJobs], [1, 1]);
  });
});

Deno.test('CronProcessor: snoozed jobs wait and cost no retry', async () => {
  await using work = await openWorkspace();
  await work.enqueue({});
  const result = await processorOf(work, (_job, { snooze }) => snooze(300)).processFullBatch();
  assert.deepEqual([result.totalJobs, result.successfulJobs, result.failedJobs], [1, 0, 0]);
  const [job] = await work.jobs();
  assert.deepEqual([job?.status, job?.retry_count, job?.snooze_count], ['pending', 0, 1]);
});

Deno.test('CronProcessor: a timeout longer than a run is told, not silently left alone', async () => {
  await using work = await openWorkspace({ timeout_seconds: 120 });
  await work.enqueue({});
  const logger = listeningLogger();
  const result = await processorOf(work, () => 'ok', { logger }).drain({ maxSeconds: 60 });
  assert.equal(result.successfulJobs, 1);
  assert.ok(logger.lines.some((line) => line.includes('longer than a run')), logger.lines.join());
});

Deno.test('CronProcessor: healthCheck tells whether the database answers, and changes nothing', async () => {
  await using work = await openWorkspace();
  assert.equal((await processorOf(work, () => 'ok').healthCheck()).healthy, true);
  const registered = await work.client.from('puppet_handled_types').select().eq(
    'job_type',
    work.jobType,
  );
  assert.deepEqual(done(registered), []);
  const away = clientThrough(() => Promise.reject(new TypeError('connection refused')));
  const health = await processorOf(work, () => 'ok', { client: away }).healthCheck();
  assert.equal(health.healthy, false);
  assert.match(health.error ?? '', /cannot be reached/);
});

Deno.test('CronProcessor: batchSize must make sense', () => {
  assert.throws(() => new CronProcessor({ batchSize: 0 }), /'batchSize' must be 1 to 1000/);
  assert.throws(() => new CronProcessor({ batchSize: 1.5 }), RangeError);
});

Deno.test('CronProcessor: a slow job does not keep the free slots from new jobs', async () => {
  await using work = await openWorkspace();
  await work.enqueue({ job_config: { n: 0 } });
  let finishSlow = () => {};
  const slow = new Promise<void>((resolve) => finishSlow = resolve);
  const running = processorOf(work, ({ config }) => config.n === 0 ? slow : 'fast').drain();
  await eventually('the slow job runs', async () => (await work.jobs())[0]?.status === 'running');
  await work.enqueue({ job_config: { n: 1 } });
  await eventually(
    'the fast job completes',
    async () => (await work.jobs())[1]?.status === 'completed',
  );
  assert.equal((await work.jobs())[0]?.status, 'running');
  finishSlow();
  assert.equal((await running).successfulJobs, 2);
});
