import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

function newType(): { type: string; path: string } {
  const type = `policy ${crypto.randomUUID()}/ü?`;
  return { type, path: `/puppet/retry-config/${encodeURIComponent(type)}` };
}

export const retryConfigCases: Cases = {
  'admins and the service read policies': async ({ send }) => {
    for (const actor of ['admin', 'service'] as const) {
      const { policies } = await answerOf(await send(actor, 'GET', '/puppet/retry-config'));
      const types = policies.map(({ jobType }: { jobType: string }) => jobType);
      assert.deepEqual(types, [...types].sort());
      assert.ok(types.includes('default') && types.includes('linkedin_outreach'));
    }
    const one = await answerOf(await send('admin', 'GET', '/puppet/retry-config/default'));
    assert.deepEqual([one.maxRetries, one.baseDelaySeconds, one.backoffMultiplier], [5, 7200, 2]);
  },

  'a type without a policy of its own is 404': async ({ send }) => {
    for (const method of ['GET', 'DELETE']) {
      await assertProblem(await send('service', method, newType().path), 404, 'policy_not_found');
    }
    const changed = await send('service', 'PATCH', newType().path, { enabled: false });
    await assertProblem(changed, 404, 'policy_not_found');
  },

  'put creates, and then replaces: what is left out gets its default': async ({ send }) => {
    const { type, path } = newType();
    const terms = { maxRetries: 3, delayScheduleSeconds: [1, 2], description: 'why' };
    const created = await answerOf(await send('service', 'PUT', path, terms), 201);
    assert.deepEqual([created.jobType, created.maxRetries], [type, 3]);
    assert.deepEqual([created.delayScheduleSeconds, created.timeoutSeconds], [[1, 2], 30]);
    const replaced = await answerOf(await send('service', 'PUT', path, { maxRetries: 4 }), 200);
    assert.deepEqual([replaced.maxRetries, replaced.delayScheduleSeconds], [4, null]);
    assert.equal(replaced.createdAt, created.createdAt);
  },

  'patch changes what it names': async ({ send }) => {
    const { path } = newType();
    await answerOf(await send('service', 'PUT', path, { maxRetries: 3, maxCrashes: 7 }), 201);
    const changed = await answerOf(await send('service', 'PATCH', path, { maxRetries: 4 }));
    assert.deepEqual([changed.maxRetries, changed.maxCrashes], [4, 7]);
    await assertProblem(await send('service', 'PATCH', path, {}), 400, 'invalid_request');
  },

  'delete removes it; default stays': async ({ send }) => {
    const { path } = newType();
    await answerOf(await send('service', 'PUT', path, {}), 201);
    const deleted = await send('service', 'DELETE', path);
    assert.deepEqual([deleted.status, await deleted.text()], [204, '']);
    await assertProblem(await send('service', 'GET', path), 404, 'policy_not_found');
    const refused = await send('service', 'DELETE', '/puppet/retry-config/default');
    await assertProblem(refused, 409, 'conflict');
  },

  'a term that makes no sense is 422 and says the rule': async ({ send }) => {
    const { path } = newType();
    await answerOf(await send('service', 'PUT', path, {}), 201);
    const problem = await assertProblem(
      await send('service', 'PATCH', path, { maxDelaySeconds: 10 }),
      422,
      'invalid_input',
    );
    assert.equal(problem.detail, 'This must hold: max delay is at least base delay.');
    for (
      const terms of [
        { backoffMultiplier: 0.5 },
        { backoffMultiplier: 1e300 },
        { delayScheduleSeconds: [-1] },
        { endpointUrl: 'ftp://x' },
        { maxRetries: -1 },
        { maxRetries: 2_000_000_000 },
      ]
    ) {
      await assertProblem(await send('service', 'PATCH', path, terms), 422, 'invalid_input');
    }
  },

  'an unknown field is 400': async ({ send }) => {
    for (const terms of [{ max_retries: 3 }, { jobType: 'other' }, { maxRetries: 1.5 }]) {
      const response = await send('service', 'PUT', newType().path, terms);
      await assertProblem(response, 400, 'invalid_request');
    }
  },
};
