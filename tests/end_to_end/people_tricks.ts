import assert from 'node:assert/strict';
import type { Answer, Person, Society } from './people.ts';

function as({ ask }: Society, person: Person, headers: Record<string, string>) {
  const disguised = { ...person, headers: { ...person.headers, ...headers } };
  return (method: string, path: string, body?: unknown): Promise<Answer> =>
    ask(disguised, method, path, body);
}

/** A token that says what it likes, with a signature that is not of this project. */
function forgedToken(claims: Record<string, unknown>, algorithm: string): string {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const signature = algorithm === 'none' ? '' : part('signed, honestly');
  return [part({ alg: algorithm, typ: 'JWT' }), part({ exp, ...claims }), signature].join('.');
}

/** Ways in which people try to get at what is not theirs, and fail. */
export const TRICKS: Record<string, (society: Society) => Promise<void>> = {
  async 'a foreign job by its id, its history or its owner'(society) {
    const alice = society.person('alice');
    const bob = society.person('bob');
    const id = await society.addJob(bob);
    const paths = [
      `puppet_jobs?id=eq.${id}`,
      `puppet_jobs?user_id=eq.${bob.userId}`,
      `puppet_job_retry_history?job_id=eq.${id}`,
      `puppet_jobs_pending_retry?job_id=eq.${id}`,
      `puppet_recent_retry_activity?job_id=eq.${id}`,
      `puppet_retry_stats_by_type?job_type=eq.${bob.jobType}`,
    ];
    for (const path of paths) {
      const seen = await society.ask(bob, 'GET', path);
      assert.ok(seen.rows.length > 0, path);
      assert.equal((await society.ask(alice, 'GET', path)).text, '[]', path);
    }
  },

  async 'history embedded in jobs, and jobs in history'(society) {
    const alice = society.person('alice');
    const paths = [
      'puppet_jobs?select=user_id,puppet_job_retry_history!inner(user_id)',
      'puppet_job_retry_history?select=user_id,puppet_jobs!inner(user_id)',
    ];
    for (const path of paths) {
      const { text, rows } = await society.ask(alice, 'GET', path);
      assert.ok(rows.length > 0, text);
      const users = new Set(text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/g));
      assert.deepEqual([...users], [alice.userId]);
    }
  },

  async 'an upsert of an own job, and of a foreign one'(society) {
    const alice = society.person('alice');
    const upsert = as(society, alice, { prefer: 'resolution=merge-duplicates' });
    for (const owner of [alice, society.person('bob')]) {
      const id = await society.addJob(owner);
      const before = await society.fingerprint();
      const row = { id, user_id: alice.userId, job_type: alice.jobType };
      assert.equal((await upsert('POST', 'puppet_jobs', row)).status, 403);
      assert.equal(await society.fingerprint(), before);
    }
  },

  async 'a job for another, among own ones'(society) {
    const alice = society.person('alice');
    const { userId: user_id } = society.person('bob');
    const before = await society.fingerprint();
    const rows = [{ user_id: alice.userId }, { user_id }];
    assert.equal((await society.ask(alice, 'POST', 'puppet_jobs', rows)).status, 403);
    const call = await society.ask(alice, 'POST', 'rpc/enqueue_jobs', { p_jobs: rows });
    assert.deepEqual([call.status, call.code], [403, 'PT403']);
    assert.equal(await society.fingerprint(), before);
  },

  async 'a job that jumps the queue, retries for ever or is of a closed type'(society) {
    const alice = society.person('alice');
    await society.sql`
      insert into puppet_job_retry_config (job_type, owners_may_enqueue) values ('closed', false)
    `;
    const own = { user_id: alice.userId };
    const before = await society.fingerprint();
    for (const beyond of [{ priority: 6 }, { max_retries: 21 }, { job_type: 'closed' }]) {
      const row = { ...own, ...beyond };
      assert.equal((await society.ask(alice, 'POST', 'puppet_jobs', row)).status, 403);
      const call = await society.ask(alice, 'POST', 'rpc/enqueue_jobs', { p_jobs: [row] });
      assert.equal(call.status, 403, JSON.stringify(beyond));
    }
    for (const column of ['status', 'retry_count', 'lease_token', 'result_data']) {
      const row = { ...own, [column]: null };
      assert.equal((await society.ask(alice, 'POST', 'puppet_jobs', row)).status, 403, column);
    }
    assert.equal(await society.fingerprint(), before);
  },

  async 'a function read by GET, with a foreign id'(society) {
    const id = await society.addJob(society.person('bob'));
    const path = `rpc/explain_job?p_job_id=${id}`;
    assert.equal((await society.ask(society.person('bob'), 'GET', path)).status, 200);
    assert.equal((await society.ask(society.person('alice'), 'GET', path)).status, 404);
    assert.equal((await society.ask(society.person('admin'), 'GET', path)).status, 404);
    assert.equal((await society.ask(society.person('anon'), 'GET', path)).status, 401);
  },

  async 'a token that is forged, unsigned or tampered with'(society) {
    const admin = { sub: crypto.randomUUID(), app_metadata: { puppet_admin: true } };
    const forged = [
      ...['none', 'HS256', 'ES256'].flatMap((algorithm) => [
        forgedToken({ role: 'service_role' }, algorithm),
        forgedToken({ role: 'authenticated', ...admin }, algorithm),
      ]),
      await society.platform.signUserJwt(admin).then((token) => `${token.slice(0, -4)}AAAA`),
    ];
    for (const token of forged) {
      const ask = as(society, society.person('anon'), { authorization: `Bearer ${token}` });
      for (const path of ['puppet_jobs', 'puppet_job_retry_config']) {
        assert.equal((await ask('GET', path)).status, 401, token);
      }
    }
  },

  async 'no key at all'(society) {
    const nobody = { ...society.person('anon'), headers: {} };
    for (const path of ['puppet_jobs', 'rpc/calculate_retry_delay?p_retry_count=0']) {
      assert.equal((await society.ask(nobody, 'GET', path)).status, 401);
    }
  },
};
