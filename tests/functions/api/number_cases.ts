import assert from 'node:assert/strict';
import { answerOf, assertProblem } from './api_fixture.ts';
import type { Cases } from './cases.ts';

const REFUSED = [
  '12345678901234567890',
  '9007199254740992',
  '-9007199254740992',
  '1e400',
  '-1e400',
];
const TAKEN = ['9007199254740991', '-9007199254740991', '0.1', '1.5e3', '-0.000001'];

export const numberCases: Cases = {
  'a number that would be stored as another is refused': async (api) => {
    const id = await api.insertFailedJob();
    for (const number of REFUSED) {
      const config = `{"deep":[{"n":${number}}]}`;
      const requests = [
        ['/puppet/jobs', `{"jobConfig":${config}}`, 'jobConfig'],
        ['/puppet/jobs/batch', `{"jobs":[{},{"jobConfig":${config}}]}`, 'jobs.1.jobConfig'],
        [`/puppet/jobs/${id}/retry`, `{"jobConfig":${config}}`, 'jobConfig'],
      ] as const;
      for (const [path, body, field] of requests) {
        const response = await api.send('owner', 'POST', path, body);
        const problem = await assertProblem(response, 400, 'invalid_request');
        assert.equal(problem.errors[0].field, field);
        assert.match(problem.errors[0].message, /send it as a string/);
      }
    }
  },

  'every other number is stored as it is': async ({ send }) => {
    for (const number of TAKEN) {
      const body = `{"jobConfig":{"n":${number}}}`;
      const { jobId } = await answerOf(await send('owner', 'POST', '/puppet/jobs', body), 201);
      const { jobConfig } = await answerOf(await send('owner', 'GET', `/puppet/jobs/${jobId}`));
      assert.deepEqual(jobConfig, { n: Number(number) });
    }
  },
};
