import assert from 'node:assert/strict';
import { type Cases, request } from './attacked.ts';

/** Ways that the Data API has of asking for rows; `$BOB` is somebody else's id, `$JOB` his job's. */
const QUERIES = [
  'puppet_jobs?user_id=neq.0&user_id=eq.$BOB',
  'puppet_jobs?or=(user_id.eq.$BOB,user_id.not.is.null)',
  'puppet_jobs?not.and=(user_id.is.null,id.is.null)',
  'puppet_jobs?user_id=in.($BOB)&select=*',
  'puppet_jobs?select=id,user_id::text&user_id=eq.$BOB',
  'puppet_jobs?select=job_config->>a,user_id&order=user_id.desc.nullslast',
  'puppet_jobs?id=eq.$JOB&select=*,puppet_job_retry_history(*)',
  'puppet_job_retry_history?select=*,puppet_jobs(*)&job_id=eq.$JOB',
  'puppet_job_retry_history?select=job:puppet_jobs!inner(user_id)&job.user_id=eq.$BOB',
  'puppet_recent_retry_activity?user_id=eq.$BOB',
  'puppet_jobs_pending_retry?user_id=eq.$BOB',
  'rpc/list_failed_jobs?p_status=failed&p_job_type=of_bob',
  'rpc/list_attempts?p_job_id=$JOB',
  'rpc/get_retry_analytics?p_job_type=of_bob',
  'rpc/explain_job?p_job_id=$JOB',
];

/** Where the Data API must not lead at all. */
const CLOSED = [
  'pg_roles',
  'decrypted_secrets',
  'rpc/set_config?setting_name=role&new_value=service_role&is_local=true',
  'rpc/set_config',
  'rpc/current_setting?setting_name=request.jwt.claims',
  'rpc/pg_read_file?filename=PG_VERSION',
  'rpc/hmac',
  'rpc/redacted?p_text=x',
  'rpc/vault_secret?p_name=puppet_processor_secret',
  'rpc/call_signature',
  'rpc/caller_is_service',
  'puppet_jobs?select=*,waiting_jobs(*)',
  'puppet_jobs?select=id,redacted',
  'puppet_private.settings',
  'puppet_jobs?select=pg_sleep(10)',
];

const HEADERS: Record<string, string>[] = [
  {},
  { prefer: 'count=exact' },
  { accept: 'application/vnd.pgrst.plan+json; options=analyze|verbose' },
  { 'accept-profile': 'puppet_private' },
  { 'x-forwarded-user': 'postgres', 'x-client-role': 'service_role' },
  { prefer: 'tx=rollback, params=single-object, handling=lenient' },
];

export const dataApiCases: Cases = {
  'no way of asking shows what is somebody else’s': async (attacked) => {
    const { society } = attacked;
    const [alice, bob] = [society.person('alice'), society.person('bob')];
    const jobId = await society.addJob(bob);
    for (const query of QUERIES) {
      const path = `/rest/v1/${query.replaceAll('$BOB', bob.userId).replaceAll('$JOB', jobId)}`;
      for (const more of HEADERS) {
        const { status, text, headers } = await request(attacked, 'GET', path, {
          ...alice.headers,
          ...more,
        });
        const what = `${path} ${JSON.stringify(more)}: ${status} ${text.slice(0, 300)}`;
        assert.ok(status < 500, what);
        if (status >= 300) continue;
        assert.ok(!text.includes(bob.userId) && !text.includes(jobId), what);
        // How many there are is the owner's to know as well.
        if (path.includes(bob.userId) && !path.includes('or=')) {
          assert.match(headers.get('content-range') ?? '*/*', /\/(0|\*)$/, what);
        }
      }
    }
  },

  'nothing is served but what the schema grants': async (attacked) => {
    for (const name of ['anon', 'alice', 'admin']) {
      for (const query of CLOSED) {
        for (const method of ['GET', 'POST']) {
          const { headers } = attacked.society.person(name);
          const answer = await request(attacked, method, `/rest/v1/${query}`, {
            ...headers,
            'content-type': 'application/json',
          }, method === 'POST' ? '{}' : undefined);
          const what = `${name}: ${method} ${query}: ${answer.status} ${answer.text.slice(0, 200)}`;
          assert.ok(answer.status >= 400 && answer.status < 500, what);
        }
      }
    }
  },
};
