import assert from 'node:assert/strict';
import { type Attacked, type Cases, request } from './attacked.ts';
import { nested } from './hostile_texts.ts';

const DEPTHS = [100, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 12_000];

/** Enqueues a job of the owner by a plain insert; returns its id, undefined where it is refused. */
async function insert(attacked: Attacked, job_type: string, config: string) {
  const alice = attacked.society.person('alice');
  const { status, text } = await request(
    attacked,
    'POST',
    '/rest/v1/puppet_jobs?select=id',
    { ...alice.headers, 'content-type': 'application/json', prefer: 'return=representation' },
    `{"user_id":"${alice.userId}","job_type":"${job_type}","job_config":${config}}`,
  );
  assert.ok([201, 400, 413].includes(status), `${status} ${text.slice(0, 300)}`);
  return status === 201 ? String(JSON.parse(text)[0].id) : undefined;
}

/** Every look that the owner and the service have at a job. */
async function looks(attacked: Attacked, id: string): Promise<void> {
  const { platform, society } = attacked;
  const { headers } = society.person('alice');
  const paths = ['', '/history', '/explain'].map((end) =>
    `/functions/v1/api/puppet/jobs/${id}${end}`
  );
  for (const path of [...paths, `/rest/v1/puppet_jobs?id=eq.${id}`]) {
    for (const as of [headers, { apikey: platform.keys.secret }]) {
      const { status, text } = await request(attacked, 'GET', path, as);
      assert.equal(status, 200, `${path}: ${text.slice(-300)}`);
    }
  }
}

export const nestingCases: Cases = {
  'the deepest config that is taken keeps no other job from running': async (attacked) => {
    const { society, platform } = attacked;
    const answer = nested(20_000);
    await using target = Deno.serve(
      { port: 0, hostname: '127.0.0.1', onListen() {} },
      async (asked) => {
        await asked.body?.cancel();
        return new Response(answer);
      },
    );
    const job_type = 'deep';
    const endpoint_url = `http://127.0.0.1:${target.addr.port}/`;
    await society.sql`insert into puppet_job_retry_config ${
      society.sql({ job_type, endpoint_url })
    }`;
    const ids = [];
    for (const levels of DEPTHS) {
      for (const config of [`{"a":${nested(levels)}}`, nested(levels, '{"a":', '}')]) {
        const id = await insert(attacked, job_type, config);
        if (id) ids.push(id);
      }
    }
    // Both kinds at 1,000 levels at least; how deep Postgres reads depends on its stack.
    assert.ok(ids.length >= 4, `${ids.length} were taken`);
    const key = { apikey: platform.keys.secret };
    const run = await request(attacked, 'POST', '/functions/v1/processor?wait=true', key);
    assert.equal(run.status, 200, run.text);
    const rows = await society.sql`
      select status, last_execution_error as error
      from puppet_jobs
      where job_type = 'deep'
    `;
    assert.deepEqual(
      rows.map(({ status, error }) => [status, error]),
      ids.map(() => ['completed', null]),
    );
    for (const id of ids) await looks(attacked, id);
  },
};
