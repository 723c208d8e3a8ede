import assert from 'node:assert/strict';
import { createApi } from '../../../functions/api/app.ts';
import { done } from '../../shared/workspace.ts';
import { answerOf, type ApiFixture, assertProblem, optionsOver } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

/** A way to the project on which the answer to the second call of enqueue_jobs breaks off. */
async function losingTheSecondAnswer(
  { env }: ApiFixture,
  use: (env: Record<string, string>) => Promise<void>,
) {
  const project = new URL(env.SUPABASE_URL ?? '');
  const open = new Set<Deno.Conn>();
  let calls = 0;
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 });
  const carry = async (caller: Deno.Conn) => {
    const target = await Deno.connect({ hostname: project.hostname, port: Number(project.port) });
    open.add(caller).add(target);
    let loses = false;
    const asked = pass(caller, (bytes) => {
      const isEnqueue = new TextDecoder().decode(bytes).startsWith(
        'POST /rest/v1/rpc/enqueue_jobs',
      );
      if (isEnqueue) loses = ++calls === 2;
      return target.write(bytes);
    });
    await pass(target, (bytes) => loses ? Promise.reject(new Error('lost')) : caller.write(bytes));
    [caller, target].forEach(close);
    await asked;
  };
  const carrying: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const caller of listener) carrying.push(carry(caller));
  })();
  try {
    await use({ ...env, SUPABASE_URL: `http://127.0.0.1:${listener.addr.port}` });
    assert.equal(calls, 2);
  } finally {
    listener.close();
    open.forEach(close);
    await accepting;
    await Promise.all(carrying);
  }
}

/** Hands on what comes, until either end is closed. */
async function pass(from: Deno.Conn, on: (bytes: Uint8Array) => Promise<unknown>): Promise<void> {
  try {
    const bytes = new Uint8Array(65_536);
    for (let n = await from.read(bytes); n !== null; n = await from.read(bytes)) {
      await on(bytes.slice(0, n));
    }
  } catch {
    // It was closed under our hands.
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
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
