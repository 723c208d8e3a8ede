import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

const OWNER = USERS.owner.sub;

export const enqueueCases: Cases = {
  'an owner enqueues for themselves': async ({ send }) => {
    const response = await send('owner', 'POST', '/puppet/jobs', {
      jobType: 'api_test',
      jobConfig: { to: 'a@b.c', deep: { snake_key: [1, null] } },
      priority: 3,
    });
    const { jobId, created } = await answerOf(response, 201);
    assert.equal(created, true);
    assert.equal(response.headers.get('location'), `jobs/${jobId}`);
    const job = await answerOf(await send('owner', 'GET', `/puppet/jobs/${jobId}`));
    assert.deepEqual(job.jobConfig, { to: 'a@b.c', deep: { snake_key: [1, null] } });
    assert.deepEqual([job.userId, job.priority], [OWNER, 3]);
  },

  'the same idempotency key answers the first job, and whether it was the same': async (api) => {
    const idempotencyKey = crypto.randomUUID();
    const enqueue = (jobConfig: unknown) =>
      api.send('owner', 'POST', '/puppet/jobs', { jobType: 'api_test', idempotencyKey, jobConfig });
    const first = await answerOf(await enqueue({ n: 1 }), 201);
    const again = await answerOf(await enqueue({ n: 1 }), 200);
    const other = await answerOf(await enqueue({ n: 2 }), 200);
    assert.deepEqual(again, { jobId: first.jobId, created: false, samePayload: true });
    assert.deepEqual(other, { jobId: first.jobId, created: false, samePayload: false });
  },

  'what owners may not ask for is 403 and names the field': async ({ send }) => {
    const forbidden: [string, Record<string, unknown>][] = [
      ['priority', { priority: 6 }],
      ['maxRetries', { maxRetries: 21 }],
      ['userId', { userId: USERS.other.sub }],
      ['scheduledAt', { scheduledAt: '2020-01-01T00:00:00Z' }],
    ];
    for (const [field, job] of forbidden) {
      const problem = await assertProblem(
        await send('owner', 'POST', '/puppet/jobs', { jobType: 'api_test', ...job }),
        403,
        'forbidden',
      );
      assert.equal(problem.errors[0].field, field);
      const service = { jobType: 'api_test', userId: OWNER, ...job };
      await answerOf(await send('service', 'POST', '/puppet/jobs', service), 201);
    }
  },

  'the service may ask for as many retries as the table takes': async ({ send }) => {
    const enqueue = (maxRetries: number) =>
      send('service', 'POST', '/puppet/jobs', { userId: OWNER, maxRetries });
    const { jobId } = await answerOf(await enqueue(1_000_000), 201);
    const job = await answerOf(await send('service', 'GET', `/puppet/jobs/${jobId}`));
    assert.equal(job.maxRetries, 1_000_000);
    const problem = await assertProblem(await enqueue(1_000_001), 400, 'invalid_request');
    assert.equal(problem.errors[0].field, 'maxRetries');
  },

  'the service must say whose the job is': async ({ send }) => {
    const problem = await assertProblem(
      await send('service', 'POST', '/puppet/jobs', { jobType: 'api_test' }),
      422,
      'invalid_input',
    );
    assert.equal(problem.errors[0].field, 'userId');
  },

  'a type of the service alone is 403 for owners': async ({ send, client }) => {
    await client.from('puppet_job_retry_config')
      .insert({ job_type: 'service_only', owners_may_enqueue: false });
    const body = { jobType: 'service_only' };
    await assertProblem(await send('owner', 'POST', '/puppet/jobs', body), 403, 'forbidden');
  },

  'a batch is enqueued in its order': async ({ send }) => {
    const jobs = Array.from({ length: 1000 }, (_, n) => ({
      jobType: 'api_batch',
      jobConfig: { n },
    }));
    const answer = await answerOf(await send('owner', 'POST', '/puppet/jobs/batch', { jobs }), 201);
    assert.equal(answer.jobs.length, 1000);
    const path = `/puppet/jobs/${answer.jobs[998].jobId}`;
    assert.deepEqual((await answerOf(await send('owner', 'GET', path))).jobConfig, { n: 998 });
  },

  'a batch with one bad job is refused whole, and says which': async ({ send, client }) => {
    const jobs = [{ jobType: 'api_whole' }, { jobType: 'api_whole', priority: 9 }];
    const problem = await assertProblem(
      await send('owner', 'POST', '/puppet/jobs/batch', { jobs }),
      403,
      'forbidden',
    );
    assert.equal(problem.errors[0].field, 'jobs.1.priority');
    const { data } = await client.from('puppet_jobs').select('id').eq('job_type', 'api_whole');
    assert.deepEqual(data, []);
  },

  'a batch has 1 to 1000 jobs and at most 8 MB': async ({ send }) => {
    const batch = (jobs: unknown[]) => send('owner', 'POST', '/puppet/jobs/batch', { jobs });
    await assertProblem(await batch([]), 400, 'invalid_request');
    await assertProblem(await batch(Array(1001).fill({})), 400, 'invalid_request');
    const jobConfig = { text: 'x'.repeat(200_000) };
    await answerOf(await batch(Array(20).fill({ jobType: 'api_batch', jobConfig })), 201);
    await assertProblem(await batch(Array(45).fill({ jobConfig })), 413, 'body_too_large');
  },

  'a job_config has at most 256 kB': async ({ send }) => {
    const problem = await assertProblem(
      await send('owner', 'POST', '/puppet/jobs', { jobConfig: { text: 'x'.repeat(300_000) } }),
      422,
      'invalid_input',
    );
    assert.equal(problem.errors[0].field, 'jobConfig');
  },
};
