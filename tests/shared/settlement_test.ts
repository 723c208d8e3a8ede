import assert from 'node:assert/strict';
import { z } from 'zod';
import { CronProcessor } from '../../shared/cron_processor.ts';
import { defineHandler } from '../../shared/job_handlers.ts';
import type { ServiceClient } from '../../shared/service_client.ts';
import { clientThrough, listeningLogger, openWorkspace, type Workspace } from './workspace.ts';

function drain({ jobType }: Workspace, client: ServiceClient) {
  const config = z.object({ n: z.number() });
  return new CronProcessor({
    client,
    handlers: [defineHandler({ jobType, config, run: ({ config }) => config.n })],
    logger: listeningLogger(),
  }).drain();
}

/** A network that carries the request but loses the first reply of each call named here. */
function losingReplies(...calls: string[]): typeof fetch {
  const lost = new Set<string>();
  return async (input, init) => {
    const response = await fetch(input, init);
    const call = calls.find((name) => String(input).endsWith(`/rpc/${name}`));
    if (!call || lost.has(call)) return response;
    lost.add(call);
    await response.body?.cancel();
    throw new TypeError('connection reset by peer');
  };
}

Deno.test('Settlement: a lost reply of a claim and of a settle doubles nothing', async () => {
  await using work = await openWorkspace();
  await work.enqueue(...Array.from({ length: 30 }, (_, n) => ({ job_config: { n } })));
  const client = clientThrough(losingReplies('settle_and_claim_jobs', 'settle_jobs'));
  const result = await drain(work, client);
  assert.equal(result.successfulJobs, 30);
  assert.deepEqual(result.errors, []);
  for (const job of await work.jobs()) {
    assert.deepEqual([job.status, job.execution_attempts], ['completed', 1]);
  }
});

Deno.test('Settlement: a database that is away for a moment is waited for', async () => {
  await using work = await openWorkspace();
  await work.enqueue({ job_config: { n: 1 } });
  let refusals = 3;
  const client = clientThrough((input, init) => {
    if (!String(input).endsWith('/rpc/settle_and_claim_jobs') || refusals-- <= 0) {
      return fetch(input, init);
    }
    return Promise.resolve(new Response('{"message":"no connection"}', { status: 503 }));
  });
  assert.equal((await drain(work, client)).successfulJobs, 1);
});

Deno.test('Settlement: one refused outcome does not un-settle the others', async () => {
  await using work = await openWorkspace();
  await work.enqueue(...Array.from({ length: 9 }, (_, n) => ({ job_config: { n } })));
  const refused = (await work.jobs())[4]?.id ?? '';
  const client = clientThrough(async (input, init) => {
    const body = await new Request(input, init).text();
    if (!/settle/.test(String(input)) || !body.includes(`"job_id":"${refused}"`)) {
      return await fetch(input, init);
    }
    return Response.json({ code: '22P05', message: 'unsupported Unicode' }, { status: 400 });
  });
  const result = await drain(work, client);
  assert.equal(result.errors.length, 1);
  assert.equal(result.errors[0]?.jobId, refused);
  for (const job of await work.jobs()) {
    // It is not lost: its lease runs out and it is rescued.
    assert.equal(job.status, job.id === refused ? 'running' : 'completed');
  }
});

Deno.test('Settlement: a database that stays away is an error, not nothing to do', async () => {
  await using work = await openWorkspace();
  const client = clientThrough(() => Promise.reject(new TypeError('connection refused')));
  await assert.rejects(drain(work, client), { code: 'database_unavailable' });
});

Deno.test('Settlement: a run outlasts a database that is away for longer than one call tries', async () => {
  await using work = await openWorkspace();
  await work.enqueue(...Array.from({ length: 5 }, (_, n) => ({ job_config: { n } })));
  let awayUntil = 0;
  const client = clientThrough(async (input, init) => {
    if (!/settle/.test(String(input))) return await fetch(input, init);
    if (Date.now() < awayUntil) throw new TypeError('connection refused');
    const response = await fetch(input, init);
    // Away right after the claim, for longer than `persist` waits.
    awayUntil ||= Date.now() + 14_000;
    return response;
  });
  const result = await drain(work, client);
  assert.equal(result.successfulJobs, 5);
  for (const job of await work.jobs()) {
    assert.deepEqual([job.status, job.execution_attempts, job.crash_count], ['completed', 1, 0]);
  }
});

Deno.test('Settlement: a claim that is refused does not touch the jobs that run', async () => {
  await using work = await openWorkspace();
  await work.enqueue({ job_config: { n: 1 } });
  let calls = 0;
  const client = clientThrough(async (input, init) => {
    if (!String(input).endsWith('/rpc/settle_and_claim_jobs') || ++calls === 1) {
      return await fetch(input, init);
    }
    return Response.json({ code: '42883', message: 'no such function' }, { status: 404 });
  });
  const result = await drain(work, client);
  assert.equal(result.successfulJobs, 1);
  assert.equal((await work.jobs())[0]?.status, 'completed');
});
