import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

export const jobCases: Cases = {
  'an owner reads their own job, without its tokens': async (api) => {
    const id = await api.insertJob({ job_config: { inner_key: 1 }, priority: 7 });
    const job = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}`));
    assert.deepEqual([job.id, job.status, job.priority], [id, 'pending', 7]);
    assert.deepEqual(job.jobConfig, { inner_key: 1 });
    assert.ok(!Object.keys(job).some((name) => /token/i.test(name)));
  },

  "another's job is not found, as one that does not exist": async (api) => {
    const theirs = `/puppet/jobs/${await api.insertJob()}`;
    for (const path of [theirs, `/puppet/jobs/${crypto.randomUUID()}`]) {
      for (const suffix of ['', '/explain', '/history']) {
        for (const actor of ['other', 'admin'] as const) {
          const response = await api.send(actor, 'GET', path + suffix);
          await assertProblem(response, 404, 'job_not_found');
        }
      }
    }
  },

  'the service reads every job': async (api) => {
    const path = `/puppet/jobs/${await api.insertJob()}`;
    for (const suffix of ['', '/explain', '/history']) {
      await answerOf(await api.send('service', 'GET', path + suffix));
    }
  },

  'an id that is none is 400 and names the field': async ({ send }) => {
    const problem = await assertProblem(
      await send('owner', 'GET', '/puppet/jobs/17'),
      400,
      'invalid_request',
    );
    assert.equal(problem.errors[0].field, 'jobId');
  },

  'explain tells rule by rule': async (api) => {
    const id = await api.insertJob({ job_type: 'nobody_runs_this' });
    const told = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}/explain`));
    assert.equal(told.jobId, id);
    assert.match(told.summary, /nobody handles type nobody_runs_this/);
    assert.ok(told.rules.some(({ verdict }: { verdict: string }) => verdict === 'holds'));
    assert.equal(told.history, 'history is empty because the job was never claimed');
  },

  'explain breaks a wait down': async (api) => {
    const id = await api.insertJob();
    const args = { p_job_id: id, p_error_message: 'no luck', p_error_type: 'network' };
    const { error } = await api.client.rpc('schedule_job_retry', args);
    assert.equal(error, null);
    const told = await answerOf(await api.send('owner', 'GET', `/puppet/jobs/${id}/explain`));
    assert.equal(told.status, 'queued');
    assert.match(told.delay.text, /base 2 h/);
    const { jitterSeconds, seconds, text: _, ...formula } = told.delay;
    assert.deepEqual(formula, {
      baseDelaySeconds: 7200,
      backoffMultiplier: 2,
      exponent: 0,
      maxDelaySeconds: 86_400,
    });
    assert.equal(seconds, 7200 + jitterSeconds);
    assert.ok(Date.parse(told.dueAt) > Date.now());
  },
};
