import assert from 'node:assert/strict';
import { answerOf, type ApiFixture, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

const HOUR_MS = 3_600_000;

function retry({ send }: ApiFixture, id: string, body: unknown, key?: string): Promise<Response> {
  const headers = key === undefined ? {} : { 'Idempotency-Key': key };
  return send('owner', 'POST', `/puppet/jobs/${id}/retry`, body, headers);
}

async function retryReason({ send }: ApiFixture, id: string): Promise<string | null> {
  return (await answerOf(await send('owner', 'GET', `/puppet/jobs/${id}`))).nextRetryReason;
}

export const manualCases: Cases = {
  'an owner retries their own job, with a reason': async (api) => {
    const id = await api.insertFailedJob({ retry_count: 5 });
    const state = await answerOf(await retry(api, id, { reason: 'address corrected' }));
    assert.deepEqual([state.jobId, state.status, state.retryCount], [id, 'queued', 0]);
    assert.equal(await retryReason(api, id), 'address corrected');
  },

  'without a body the reason is manual_retry': async (api) => {
    const id = await api.insertFailedJob();
    await answerOf(await retry(api, id, undefined));
    assert.equal(await retryReason(api, id), 'manual_retry');
  },

  'a time and another config may be given': async (api) => {
    const id = await api.insertFailedJob();
    const runAt = new Date(Date.now() + HOUR_MS).toISOString();
    const state = await answerOf(await retry(api, id, { runAt, jobConfig: { to: 'right' } }));
    assert.equal(Date.parse(state.nextRetryAt), Date.parse(runAt));
    const job = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}`));
    assert.deepEqual(job.jobConfig, { to: 'right' });
  },

  'a job that cannot be retried is 409, and says what it is': async (api) => {
    const problem = await assertProblem(
      await retry(api, await api.insertJob(), {}),
      409,
      'conflict',
    );
    assert.match(problem.detail, /it is pending\. Only a queued/);
  },

  'a deadline that has passed is 422, until the owner gives a later one': async (api) => {
    const deadline_at = new Date(Date.now() - HOUR_MS).toISOString();
    const id = await api.insertFailedJob({ deadline_at });
    await assertProblem(await retry(api, id, {}), 422, 'invalid_input');
    const deadlineAt = new Date(Date.now() + HOUR_MS).toISOString();
    assert.equal((await answerOf(await retry(api, id, { deadlineAt }))).status, 'queued');
    const again = await retry(api, id, { deadlineAt }, crypto.randomUUID());
    assert.equal((await answerOf(again)).status, 'queued');
    const job = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}`));
    assert.equal(Date.parse(job.deadlineAt), Date.parse(deadlineAt));
  },

  'a time that clients cannot read is 422': async (api) => {
    const id = await api.insertFailedJob();
    const never = '9999-12-31T23:59:59.9999999Z';
    for (const times of [{ runAt: never }, { deadlineAt: never }]) {
      await assertProblem(await retry(api, id, times), 422, 'invalid_input');
    }
  },

  "another's job is 404 and stays as it is": async (api) => {
    const id = await api.insertFailedJob();
    for (const what of ['retry', 'cancel']) {
      const response = await api.send('other', 'POST', `/puppet/jobs/${id}/${what}`, {});
      await assertProblem(response, 404, 'job_not_found');
    }
    const job = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}`));
    assert.equal(job.status, 'permanently_failed');
  },

  'the same request with the same key is done once': async (api) => {
    const id = await api.insertFailedJob();
    const key = crypto.randomUUID();
    const first = await retry(api, id, { reason: 'once' }, key);
    assert.equal(first.headers.get('idempotency-replayed'), 'false');
    const state = await answerOf(first);
    await answerOf(await api.send('owner', 'POST', `/puppet/jobs/${id}/cancel`, {}));
    const again = await retry(api, id, { reason: 'once' }, key);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.deepEqual(await answerOf(again), state);
    const job = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}`));
    assert.equal(job.status, 'cancelled');
  },

  'the same key for another request is 422': async (api) => {
    const id = await api.insertFailedJob();
    const key = crypto.randomUUID();
    await answerOf(await retry(api, id, { reason: 'one' }, key));
    for (const [job, reason] of [[id, 'two'], [await api.insertFailedJob(), 'one']] as const) {
      const response = await retry(api, job, { reason }, key);
      const problem = await assertProblem(response, 422, 'idempotency_key_reused');
      assert.equal(problem.errors[0].field, 'Idempotency-Key');
    }
  },

  'keys are apart per user, and a refused request leaves its key free': async (api) => {
    const id = await api.insertJob();
    const key = crypto.randomUUID();
    await assertProblem(await retry(api, id, {}, key), 409, 'conflict');
    await answerOf(await api.send('owner', 'POST', `/puppet/jobs/${id}/cancel`, {}));
    await answerOf(await retry(api, id, {}, key));
    const headers = { 'Idempotency-Key': key };
    const service = await api.send('service', 'POST', `/puppet/jobs/${id}/retry`, {}, headers);
    assert.equal(service.headers.get('idempotency-replayed'), 'false');
    await answerOf(service);
  },

  'a key is 1 to 255 characters': async (api) => {
    const id = await api.insertFailedJob();
    for (const key of ['', 'x'.repeat(256)]) {
      const problem = await assertProblem(await retry(api, id, {}, key), 400, 'invalid_request');
      assert.equal(problem.errors[0].field, 'Idempotency-Key');
    }
  },

  'cancel ends a waiting job, once and again; an ended one is 409': async (api) => {
    const id = await api.insertJob();
    const cancel = (job: string) =>
      api.send('owner', 'POST', `/puppet/jobs/${job}/cancel`, { reason: 'not wanted' });
    assert.equal((await answerOf(await cancel(id))).status, 'cancelled');
    assert.equal((await answerOf(await cancel(id))).stopReason, 'cancelled');
    await assertProblem(await cancel(await api.insertFailedJob()), 409, 'conflict');
  },
};
