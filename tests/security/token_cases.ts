import assert from 'node:assert/strict';
import { type Attacked, type Cases, request } from './attacked.ts';
import { forgeries, properlySigned } from './forged_tokens.ts';

/** Where a token could open something, and what it would be asked for there. */
const DOORS: [method: string, path: string, body?: string][] = [
  ['GET', '/rest/v1/puppet_jobs'],
  ['GET', '/rest/v1/puppet_job_retry_config'],
  ['POST', '/rest/v1/rpc/get_queue_state', '{}'],
  ['GET', '/functions/v1/api/puppet/failed-jobs'],
  ['GET', '/functions/v1/api/puppet/queue'],
  ['POST', '/functions/v1/api/puppet/jobs', '{"jobType":"planted"}'],
];
const FOR_ADMINS: typeof DOORS = [
  ['POST', '/rest/v1/rpc/retry_jobs', '{"p_filter":{"job_type":"of_bob"}}'],
  ['POST', '/functions/v1/api/puppet/jobs/retry', '{"filter":{"jobType":"of_bob"}}'],
  ['GET', '/functions/v1/api/puppet/retry-config'],
];
const PROCESSOR = '/functions/v1/processor?wait=true';

function headersOf({ platform }: Attacked, token: string): Record<string, string> {
  return {
    apikey: platform.keys.publishable,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
}

async function statusOf(attacked: Attacked, token: string, [method, path, body]: typeof DOORS[0]) {
  return (await request(attacked, method, path, headersOf(attacked, token), body)).status;
}

export const tokenCases: Cases = {
  'a forged or outlived token opens no door': async (attacked) => {
    const before = await attacked.society.fingerprint();
    for (const [name, token] of Object.entries(await forgeries(attacked))) {
      for (const door of [...DOORS, ['POST', PROCESSOR] satisfies typeof DOORS[0]]) {
        assert.equal(await statusOf(attacked, token, door), 401, `${name}: ${door[1]}`);
      }
    }
    assert.equal(await attacked.society.fingerprint(), before);
  },

  'a genuine token would open the doors that forged ones did not': async (attacked) => {
    const token = await attacked.platform.signUserJwt({ sub: crypto.randomUUID() });
    const statuses = await Promise.all(DOORS.map((door) => statusOf(attacked, token, door)));
    assert.deepEqual(statuses, [200, 200, 403, 200, 403, 201]);
    await attacked.society.sql`delete from puppet_jobs where job_type = 'planted'`;
  },

  'what users write about themselves makes no admin': async (attacked) => {
    const claims = [
      { user_metadata: { puppet_admin: true } },
      { user_metadata: { app_metadata: { puppet_admin: true } } },
      { puppet_admin: true, is_admin: true, 'app_metadata.puppet_admin': true },
      { app_metadata: { puppet_admin: 'true' } },
      { app_metadata: { puppet_admin: 1 } },
      { app_metadata: { puppet_admin: [true] } },
      { app_metadata: [{ puppet_admin: true }] },
      { app_metadata: '{"puppet_admin":true}' },
    ];
    for (const claim of claims) {
      const token = await properlySigned(attacked, { sub: crypto.randomUUID(), ...claim });
      const headers = headersOf(attacked, token);
      const what = JSON.stringify(claim);
      const policies = await request(attacked, 'GET', '/rest/v1/puppet_job_retry_config', headers);
      assert.deepEqual([policies.status, policies.text], [200, '[]'], what);
      for (const [method, path, body] of FOR_ADMINS) {
        const { status, text } = await request(attacked, method, path, headers, body);
        assert.equal(status, 403, `${what}: ${path}: ${text}`);
      }
    }
  },

  'a user id that is no uuid, or is missing, owns nothing': async (attacked) => {
    const bob = attacked.society.person('bob');
    for (const sub of [undefined, null, '', `${bob.userId}x`, [bob.userId], `' or 1=1`, {}, 1]) {
      const token = await properlySigned(attacked, { sub });
      const headers = headersOf(attacked, token);
      for (const [method, path, body] of DOORS) {
        const { status, text } = await request(attacked, method, path, headers, body);
        const what = `${JSON.stringify(sub)}: ${path}: ${status} ${text}`;
        assert.ok(status < 500, what);
        // A refusal may repeat what the token said; rows may not be there.
        assert.ok(status >= 400 || (status === 200 && !text.includes(bob.userId)), what);
      }
    }
  },

  'no token at all makes the processor run, a genuine one either': async (attacked) => {
    const { platform, society } = attacked;
    const people = society.people.filter(({ role }) => role !== 'service');
    const tokens = [platform.keys.anon, platform.keys.serviceRole, platform.keys.secret];
    const attempts = [
      ...people.map(({ headers }) => headers),
      ...tokens.map((token) => headersOf(attacked, token)),
      { apikey: platform.keys.serviceRole },
      { apikey: platform.keys.secret.toUpperCase() },
      { apikey: `${platform.keys.secret} ` + 'x' },
      { 'x-api-key': platform.keys.secret },
      {},
    ];
    for (const headers of attempts) {
      const { status } = await request(attacked, 'POST', PROCESSOR, headers);
      assert.equal(status, 401, JSON.stringify(Object.keys(headers)));
    }
  },
};
