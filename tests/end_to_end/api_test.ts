import assert from 'node:assert/strict';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { createServiceClient, type ServiceClient } from '../../shared/service_client.ts';
import { done } from './system.ts';

const OWNER = '00000000-0000-4000-8000-0000000000e1';
const OTHER = '00000000-0000-4000-8000-0000000000e2';

type Headers = Record<string, string>;

interface People {
  service: Headers;
  owner: Headers;
  other: Headers;
  admin: Headers;
  anon: Headers;
}

async function peopleOf({ keys, signUserJwt }: Platform): Promise<People> {
  const user = async (sub: string, app_metadata = {}) => ({
    apikey: keys.publishable,
    authorization: `Bearer ${await signUserJwt({ sub, app_metadata })}`,
  });
  return {
    service: { apikey: keys.secret },
    owner: await user(OWNER),
    other: await user(OTHER),
    admin: await user(crypto.randomUUID(), { puppet_admin: true }),
    anon: { apikey: keys.publishable, authorization: `Bearer ${keys.publishable}` },
  };
}

/** A job of the owner that used its retries up, with the history of the last one. */
async function exhaustedJob(client: ServiceClient): Promise<string> {
  const [job] = done(
    await client.from('puppet_jobs').insert({
      user_id: OWNER,
      job_type: 'linkedin_outreach',
      status: 'permanently_failed',
      final_status: 'permanently_failed',
      stop_reason: 'max_retries_reached',
      retry_count: 5,
      completed_at: new Date().toISOString(),
    }).select('id'),
  );
  const job_id = job?.id ?? '';
  done(
    await client.from('puppet_job_retry_history').insert({
      job_id,
      user_id: OWNER,
      job_type: 'linkedin_outreach',
      attempt_number: 6,
      is_retry: true,
      success: false,
      error_type: 'network',
      decision: 'max_retries_reached',
      logged_by: 'engine',
      attempted_at: new Date(Date.now() - 60_000).toISOString(),
    }),
  );
  return job_id;
}

/** What each person gets: the status, and what `pick` finds in the answer. */
async function eachGets(
  people: Record<string, Headers>,
  url: string,
  init: RequestInit,
  pick: (body: Record<string, unknown>) => unknown,
): Promise<Record<string, unknown>> {
  const got: Record<string, unknown> = {};
  for (const [name, headers] of Object.entries(people)) {
    const response = await fetch(url, { ...init, headers: { ...init.headers, ...headers } });
    const body = await response.json();
    got[name] = response.status === 200 ? pick(body) : response.status;
  }
  return got;
}

Deno.test('api: through the gateway, as every kind of person', async (t) => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-api-' });
  const logged: string[] = [];
  await using platform = await startPlatform({
    folder,
    temporary: true,
    ticks: false,
    logger: (line) => logged.push(line),
  });
  const client = createServiceClient((name) => platform.env[name]);
  const people = await peopleOf(platform);
  const base = `${platform.url}/functions/v1/api`;
  const id = await exhaustedJob(client);

  await t.step('GET retry-analytics', async () => {
    const url = `${base}/puppet/retry-analytics?jobType=linkedin_outreach&days=30`;
    const got = await eachGets({ ...people }, url, {}, (body) => body.totalRetries);
    assert.deepEqual(got, { service: 1, owner: 1, other: 0, admin: 0, anon: 401 });
  });

  await t.step('GET failed-jobs', async () => {
    const url = `${base}/puppet/failed-jobs?status=permanently_failed&retryCount=>5`;
    const got = await eachGets(
      { ...people },
      url,
      {},
      ({ jobs }) => Array.isArray(jobs) && jobs.length,
    );
    assert.deepEqual(got, { service: 1, owner: 1, other: 0, admin: 0, anon: 401 });
  });

  await t.step('POST jobs/:jobId/retry', async () => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'manual_retry', errorType: 'manual_intervention' }),
    };
    const { anon, other, admin, owner, service } = people;
    const url = `${base}/puppet/jobs/${id}/retry`;
    // Those that may not come first, so that there is something left to refuse.
    const order = { anon, other, admin, owner, service };
    assert.deepEqual(await eachGets(order, url, init, ({ status }) => status), {
      anon: 401,
      other: 404,
      admin: 404,
      owner: 'queued',
      service: 'queued',
    });
    const job = done(await client.from('puppet_jobs').select().eq('id', id).single());
    assert.deepEqual(
      [job.status, job.retry_count, job.next_retry_reason, job.last_error_type],
      ['queued', 0, 'manual_retry', 'manual_intervention'],
    );
  });

  await t.step('browsers may call the api, and not the processor', async () => {
    const headers = { origin: 'https://app.example.com' };
    const preflight = { method: 'OPTIONS', headers };
    const api = await fetch(`${base}/puppet/jobs`, preflight);
    assert.equal(api.headers.get('access-control-allow-origin'), '*');
    const processor = `${platform.url}/functions/v1/processor`;
    for (const init of [preflight, { method: 'POST', headers }]) {
      const response = await fetch(processor, init);
      await response.body?.cancel();
      assert.ok(response.status >= 400);
      assert.ok(![...response.headers.keys()].some((name) => name.startsWith('access-control')));
    }
  });

  await t.step('nothing of a key, a token or a query is in the log', () => {
    const lines = logged.filter((line) => line.startsWith('api: '));
    assert.ok(lines.length >= 15);
    for (const line of lines) {
      assert.ok(!/sb_|eyJ|linkedin|days|retryCount|reason/.test(line), line);
      assert.ok(!line.includes(id), line);
    }
  });

  await t.step('health follows the database down and up again', async () => {
    const health = async () => {
      const response = await fetch(`${base}/health`);
      return [response.status, await response.json()];
    };
    assert.deepEqual(await health(), [200, { ok: true }]);
    await platform.stopPostgres();
    assert.deepEqual(await health(), [503, { ok: false }]);
    const refused = await fetch(`${base}/puppet/failed-jobs`, { headers: people.owner });
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual([refused.status, (await refused.json()).code], [503, 'database_unavailable']);
    await platform.startPostgres();
    assert.deepEqual(await health(), [200, { ok: true }]);
  });
});
