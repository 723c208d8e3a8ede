import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

interface Fault {
  detail: string;
  field: string;
  message: string;
}

/** The text of the problem and the first field that it names. */
async function faultOf(response: Response, status: number): Promise<Fault> {
  const { detail, errors } = await answerOf(response, status);
  assert.ok(errors, detail);
  return { detail, ...errors[0] };
}

export const adviceCases: Cases = {
  'an unknown field: the known ones are named, and it is not': async ({ send }) => {
    const body = { job_type: 'x' };
    const one = await faultOf(await send('owner', 'POST', '/puppet/jobs', body), 400);
    assert.equal(one.field, 'body');
    assert.match(one.message, /known are userId, jobType, jobConfig, /);
    assert.ok(!one.message.includes('job_type'));
    const patch = await faultOf(
      await send('service', 'PATCH', '/puppet/retry-config/x', { max_retries: 1 }),
      400,
    );
    assert.match(patch.message, /known are maxRetries, /);
    const query = await faultOf(await send('owner', 'GET', '/puppet/failed-jobs?x=1'), 400);
    assert.deepEqual([query.field, /retryCount/.test(query.message)], ['query', true]);
  },

  'a moment with a bare +: what one looks like, and %2B': async ({ send }) => {
    for (const path of ['failed-jobs', 'retry-history', 'retry-analytics']) {
      const query = 'startDate=2026-01-02T01:00:00+01:00';
      const { field, message } = await faultOf(
        await send('owner', 'GET', `/puppet/${path}?${query}`),
        400,
      );
      assert.equal(field, 'startDate');
      assert.match(message, /2026-01-31T12:00:00Z.*%2B/);
    }
  },

  'the service without an owner: userId is missing': async ({ send }) => {
    const one = await faultOf(await send('service', 'POST', '/puppet/jobs', {}), 422);
    assert.deepEqual([one.field, /missing/.test(one.message)], ['userId', true]);
    const jobs = [{ userId: USERS.owner.sub }, {}];
    const second = await faultOf(
      await send('service', 'POST', '/puppet/jobs/batch', { jobs }),
      422,
    );
    assert.equal(second.field, 'jobs.1.userId');
  },

  'who sent one job is not told of a batch': async ({ send, client }) => {
    await client.from('puppet_job_retry_config')
      .insert({ job_type: 'advice_service_only', owners_may_enqueue: false });
    const bodies: [string, unknown][] = [
      ['maxRetries', { maxRetries: 21 }],
      ['jobType', { jobType: 'advice_service_only' }],
    ];
    for (const [expected, body] of bodies) {
      const { field, detail } = await faultOf(
        await send('owner', 'POST', '/puppet/jobs', body),
        403,
      );
      assert.equal(field, expected);
      assert.doesNotMatch(detail, /job 1|batch|jobs|max_retries/);
    }
    const tooEarly: unknown[] = [
      { deadlineAt: '2020-01-01T00:00:00Z' },
      { scheduledAt: '2099-01-02T00:00:00Z', deadlineAt: '2099-01-01T00:00:00Z' },
    ];
    for (const body of tooEarly) {
      const { field, detail } = await faultOf(
        await send('owner', 'POST', '/puppet/jobs', body),
        422,
      );
      assert.equal(field, 'deadlineAt');
      assert.doesNotMatch(detail, /job 1|batch|_at/);
    }
  },

  'an empty window is 400 everywhere, in the names of the API': async ({ send }) => {
    for (const path of ['failed-jobs', 'retry-history', 'retry-analytics']) {
      for (const endDate of ['2026-01-01', '2026-02-01', '2026-02-01T00:00:00Z']) {
        const query = `startDate=2026-02-01&endDate=${endDate}`;
        const { field, message } = await faultOf(
          await send('owner', 'GET', `/puppet/${path}?${query}`),
          400,
        );
        assert.deepEqual([field, message], ['endDate', 'must be after startDate']);
      }
    }
  },

  'a bulk retry of everything names filter': async ({ send }) => {
    for (const filter of [{}, { limit: 5 }]) {
      const { field, message } = await faultOf(
        await send('service', 'POST', '/puppet/jobs/retry', { filter }),
        400,
      );
      assert.equal(field, 'filter');
      assert.match(message, /at least one condition/);
    }
  },

  "a policy's rule names the field that breaks it": async ({ send }) => {
    const path = `/puppet/retry-config/advice_${crypto.randomUUID()}`;
    const terms: [string, unknown][] = [
      ['maxDelaySeconds', { maxDelaySeconds: 10 }],
      ['baseDelaySeconds', { baseDelaySeconds: 0 }],
      ['backoffMultiplier', { backoffMultiplier: 0.5 }],
      ['maxRetries', { maxRetries: -1 }],
      ['delayScheduleSeconds', { delayScheduleSeconds: [-1] }],
      ['maxRetryAfterSeconds', { maxRetryAfterSeconds: -1 }],
      ['maxJitterSeconds', { maxJitterSeconds: -1 }],
      ['timeoutSeconds', { timeoutSeconds: 0 }],
      ['maxElapsedSeconds', { maxElapsedSeconds: 0 }],
      ['maxCrashes', { maxCrashes: 0 }],
      ['escalationThreshold', { escalationThreshold: 0 }],
      ['endpointUrl', { endpointUrl: 'ftp://x' }],
      ['endpointUrl', { endpointUrl: 'https://user:secret@host.example/' }],
      ['signingSecretName', { signingSecretName: ' ' }],
    ];
    for (const [expected, body] of terms) {
      const { field } = await faultOf(await send('service', 'PUT', path, body), 422);
      assert.equal(field, expected, JSON.stringify(body));
    }
    const blank = await faultOf(await send('service', 'PUT', '/puppet/retry-config/%20', {}), 422);
    assert.equal(blank.field, 'jobType');
  },

  'a retry with a config that is too large names jobConfig': async (api) => {
    const id = await api.insertFailedJob();
    const body = { jobConfig: { text: 'x'.repeat(300_000) } };
    const response = await api.send('owner', 'POST', `/puppet/jobs/${id}/retry`, body);
    const problem = await assertProblem(response, 422, 'invalid_input');
    assert.equal(problem.errors[0].field, 'jobConfig');
    assert.doesNotMatch(problem.detail, /p_job_config/);
  },
};
