import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { createApi } from '../../../functions/api/app.ts';
import { done } from '../../shared/workspace.ts';
import { answerOf, type ApiFixture, assertProblem, optionsOver } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

/** The project's address, but that the answer to the second call of enqueue_jobs never arrives. */
async function losingTheSecondAnswer(
  { env }: ApiFixture,
  use: (env: Record<string, string>) => Promise<void>,
) {
  let calls = 0;
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = method === 'GET' ? null : new Uint8Array(await buffer(request));
    const { apikey = '', authorization = '' } = headers;
    const answer = await fetch(env.SUPABASE_URL + url, {
      method,
      headers: {
        apikey: String(apikey),
        authorization,
        'content-type': 'application/json',
      },
      body,
    });
    const answered = await answer.bytes();
    if (url.endsWith('/rpc/enqueue_jobs') && ++calls === 2) request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answered);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await use({ ...env, SUPABASE_URL: `http://127.0.0.1:${port}` });
    assert.equal(calls, 2);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function enqueueTwice(api: ApiFixture, actor: 'owner' | 'service') {
  await losingTheSecondAnswer(api, async (env) => {
    const app = createApi(optionsOver(env));
    const jobType = `lost_answer_${crypto.randomUUID()}`;
    const enqueue = () =>
      app.request('/api/puppet/jobs', {
        method: 'POST',
        headers: { ...api.headersOf(actor), 'content-type': 'application/json' },
        body: JSON.stringify({
          jobType,
          jobConfig: { text: 'Grüße 💌' },
          ...actor === 'service' && { userId: USERS.owner.sub },
        }),
      });
    await answerOf(await enqueue(), 201);
    await assertProblem(await enqueue(), 503, 'database_unavailable');
    const jobs = done(
      await api.client.from('puppet_jobs').select('job_config').eq('job_type', jobType),
    );
    const stored = { job_config: { text: 'Grüße 💌' } };
    assert.deepEqual(jobs, [stored, stored]);
  });
}

export const lostAnswerCases: Cases = {
  'a job of the service whose answer is lost is not enqueued twice': (api) =>
    enqueueTwice(api, 'service'),
  "a user's job whose answer is lost is not enqueued twice": (api) => enqueueTwice(api, 'owner'),
};
