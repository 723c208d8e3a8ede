import assert from 'node:assert/strict';
import { createProcessorApp, type ProcessorAppOptions } from '../../../functions/processor/app.ts';
import type { ProcessingResult } from '../../../shared/cron_processor.ts';
import { PuppetRetryError } from '../../../shared/errors.ts';
import { listeningLogger } from '../../shared/workspace.ts';

const RESULT: ProcessingResult = {
  batchId: 'a',
  startTime: '2026-11-24T12:00:00Z',
  endTime: '2026-11-24T12:00:01Z',
  duration: 1000,
  totalJobs: 3,
  successfulJobs: 2,
  failedJobs: 1,
  timedOutJobs: 0,
  retriedJobs: 1,
  skippedJobs: 0,
  errors: [],
};

interface Fixture {
  request(path: string, init?: RequestInit): Promise<Response>;
  /** What happened, in order. */
  events: string[];
  logger: ReturnType<typeof listeningLogger>;
}

function fixture(changes: Partial<ProcessorAppOptions> = {}): Fixture {
  const events: string[] = [];
  const logger = listeningLogger();
  const app = createProcessorApp({
    drain: () => {
      events.push('drain');
      return Promise.resolve(RESULT);
    },
    maxJobs: 5,
    tick: () => {
      events.push('tick');
      return Promise.resolve();
    },
    acceptTick: () => Promise.resolve({ accepted: true, reason: null }),
    finishTick: (_id, counts) => {
      events.push(`finish ${counts.totalJobs}`);
      return Promise.resolve();
    },
    isService: (request) => Promise.resolve(request.headers.get('apikey') === 'sb_secret_good'),
    waitUntil: () => void events.push('waitUntil'),
    logger,
    ...changes,
  });
  return {
    events,
    logger,
    request: async (path, init = {}) => await app.request(path, { method: 'POST', ...init }),
  };
}

function tickHeaders(changes: Record<string, string> = {}): Record<string, string> {
  return {
    'puppet-receipt': crypto.randomUUID(),
    'puppet-timestamp': String(Math.floor(Date.now() / 1000)),
    'puppet-signature': `v1,${'A'.repeat(43)}=`,
    ...changes,
  };
}

const SERVICE = { apikey: 'sb_secret_good' };

async function assertProblem(response: Response, status: number, code: string): Promise<void> {
  assert.equal(response.status, status);
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  const problem = await response.json();
  assert.equal(problem.code, code);
  assert.equal(problem.status, status);
  assert.ok(problem.detail.length > 10);
}

Deno.test('processor: a tick is answered at once, runs behind it and closes its receipt', async () => {
  const { request, events } = fixture();
  const response = await request('/processor', { headers: tickHeaders(), body: '{}' });
  assert.equal(response.status, 202);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(events, ['drain', 'waitUntil', 'finish 3']);
});

Deno.test("processor: a tick's run that has used up its jobs asks for the next, once it is finished", async () => {
  const { request, events, logger } = fixture({
    drain: () => Promise.resolve({ ...RESULT, skippedJobs: 2 }),
  });
  await request('/processor', { headers: tickHeaders(), body: '{}' });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(events, ['waitUntil', 'finish 3', 'tick']);
  assert.deepEqual(logger.lines, []);
});

Deno.test('processor: a tick that cannot be asked for is left to pg_cron', async () => {
  const { request, events, logger } = fixture({
    maxJobs: 3,
    tick: () => Promise.reject(new PuppetRetryError('database_unavailable', 'connection refused')),
  });
  await request('/processor', { headers: tickHeaders(), body: '{}' });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(events, ['drain', 'waitUntil', 'finish 3']);
  assert.match(logger.lines.join('\n'), /^the next run was not asked for .*connection refused/);
});

Deno.test('processor: a run that the service started asks for no other', async () => {
  const { request, events } = fixture({ maxJobs: 3 });
  await request('/processor?wait=true', { headers: SERVICE });
  assert.deepEqual(events, ['drain']);
});

Deno.test('processor: a repeated tick is dropped without a run', async () => {
  const { request, events } = fixture({
    acceptTick: () => Promise.resolve({ accepted: false, reason: 'repeated' }),
  });
  const response = await request('/processor', { headers: tickHeaders() });
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { accepted: false, reason: 'repeated' });
  assert.deepEqual(events, []);
});

Deno.test('processor: a forged tick is 401 and starts nothing', async () => {
  const { request, events } = fixture({
    acceptTick: () => Promise.resolve({ accepted: false, reason: 'forged' }),
  });
  await assertProblem(await request('/processor', { headers: tickHeaders() }), 401, 'unauthorized');
  assert.deepEqual(events, []);
});

Deno.test('processor: stale and malformed ticks are 401 without asking the database', async () => {
  const { request } = fixture({ acceptTick: () => Promise.reject(new Error('was asked')) });
  const stale = String(Math.floor(Date.now() / 1000) - 61);
  for (
    const headers of [
      tickHeaders({ 'puppet-timestamp': stale }),
      tickHeaders({ 'puppet-timestamp': 'now' }),
      tickHeaders({ 'puppet-signature': 'v1,short' }),
      tickHeaders({ 'puppet-receipt': 'x' }),
      { 'puppet-receipt': crypto.randomUUID() },
    ]
  ) {
    await assertProblem(await request('/processor', { headers }), 401, 'unauthorized');
  }
});

Deno.test('processor: a run that fails behind a tick is logged and leaves the receipt open', async () => {
  const { request, events, logger } = fixture({
    drain: () => Promise.reject(new Error('no luck')),
  });
  assert.equal((await request('/processor', { headers: tickHeaders() })).status, 202);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(events, ['waitUntil']);
  assert.match(logger.lines.join(), /no luck/);
});

Deno.test('processor: the secret key starts a run; with wait=true its result is the answer', async () => {
  const { request, events } = fixture();
  assert.equal((await request('/processor', { headers: SERVICE })).status, 202);
  const waited = await request('/processor?wait=true', { headers: SERVICE, body: '{}' });
  assert.equal(waited.status, 200);
  assert.deepEqual(await waited.json(), RESULT);
  assert.deepEqual(events, ['drain', 'waitUntil', 'drain']);
});

Deno.test('processor: no key and a wrong key are 401', async () => {
  const { request, events } = fixture();
  await assertProblem(await request('/processor'), 401, 'unauthorized');
  await assertProblem(
    await request('/processor', { headers: { apikey: 'sb_secret_bad' } }),
    401,
    'unauthorized',
  );
  assert.deepEqual(events, []);
});

Deno.test('processor: a body that is not JSON is 400, a large one 413', async () => {
  const { request, events } = fixture();
  const malformed = await request('/processor', { headers: SERVICE, body: '{"a":' });
  await assertProblem(malformed, 400, 'malformed_json');
  const large = JSON.stringify('x'.repeat(5000));
  await assertProblem(
    await request('/processor', { headers: SERVICE, body: large }),
    413,
    'body_too_large',
  );
  assert.deepEqual(events, []);
});

Deno.test('processor: a body without a length is read no further than the limit', async () => {
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1024;
      controller.enqueue(new Uint8Array(1024).fill(32));
    },
  });
  const { request } = fixture();
  await assertProblem(await request('/processor', { body: endless }), 413, 'body_too_large');
  assert.ok(sent < 100_000, `${sent} bytes were taken`);
});

Deno.test('processor: a trailing slash is no other route', async () => {
  const { request } = fixture();
  assert.equal((await request('/processor/', { headers: SERVICE })).status, 202);
});

Deno.test('processor: other methods are 405, other paths 404', async () => {
  const { request } = fixture();
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
    const response = await request('/processor', { method });
    assert.equal(response.headers.get('allow'), 'POST');
    await assertProblem(response, 405, 'method_not_allowed');
  }
  await assertProblem(await request('/processor/x', { headers: SERVICE }), 404, 'not_found');
});

Deno.test('processor: a database that is away is 503, anything else 500 without its text', async () => {
  const away = fixture({
    drain: () => Promise.reject(new PuppetRetryError('database_unavailable', 'connection refused')),
  });
  const response = await away.request('/processor?wait=true', { headers: SERVICE });
  assert.equal(response.headers.get('retry-after'), '10');
  await assertProblem(response, 503, 'database_unavailable');

  const broken = fixture({ drain: () => Promise.reject(new Error('password=hunter2')) });
  const failed = await broken.request('/processor?wait=true', { headers: SERVICE });
  assert.equal(failed.status, 500);
  assert.ok(!(await failed.text()).includes('hunter2'));
});
