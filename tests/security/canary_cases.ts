import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type Attacked, type Cases, request } from './attacked.ts';
import { PROCESSOR_SECRET } from './old_project.ts';

const API = '/functions/v1/api/puppet';
/** Planted wherever a user of the system may put a secret of theirs. */
const PLANTED = {
  config: 'canary-in-config-41c7',
  echoed: 'canary-echoed-by-endpoint-5e0a',
  reason: 'canary-in-reason-77d2',
  idempotencyKey: 'canary-idempotency-key-90bb',
  endpointPath: 'canary-in-endpoint-path-3fa9',
  userAgent: 'canary-user-agent-c3d5',
  query: 'canary-in-query-12e8',
  signing: 'Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LTYz',
};

/** Everything that would be worth something to whoever reads a log. */
function secrets({ platform, society, signingKey }: Attacked): string[] {
  const { secret, serviceRole } = platform.keys;
  const tokens = society.owners.map(({ headers }) => headers.authorization?.split(' ')[1] ?? '');
  return [
    ...Object.values(PLANTED),
    PROCESSOR_SECRET,
    secret,
    serviceRole,
    signingKey.d ?? '',
    new URL(platform.dbUrl).password,
    ...tokens,
  ].filter((text) => text !== '');
}

/** The files of the platform's log folder, and the secrets that each of them holds. */
async function leaks(attacked: Attacked): Promise<{ files: string[]; found: string[] }> {
  const folder = join(attacked.folder, 'logs');
  const files = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  const found: string[] = [];
  for (const file of files) {
    const text = await Deno.readTextFile(join(folder, file));
    for (const secret of secrets(attacked)) {
      if (text.includes(secret)) found.push(`${file}: ${lineWith(text, secret)}`);
    }
  }
  return { files, found };
}

function lineWith(text: string, secret: string): string {
  return text.split('\n').find((line) => line.includes(secret))?.slice(0, 400) ?? '';
}

/** A job's whole life with secrets in it, good turns and bad ones. */
async function liveThrough(attacked: Attacked, endpoint: string): Promise<string[]> {
  const { platform, society } = attacked;
  const alice = society.person('alice');
  const { sql } = society;
  await sql`select vault.create_secret(${`whsec_${PLANTED.signing}`}, 'canary_signing')`;
  await sql`insert into puppet_job_retry_config ${
    sql({ job_type: 'canary', endpoint_url: endpoint, signing_secret_name: 'canary_signing' })
  }`;
  const bodies: string[] = [];
  const ask = async (method: string, path: string, body?: unknown, key = false) => {
    const answer = await request(
      attacked,
      method,
      path,
      {
        ...(key ? { apikey: platform.keys.secret } : alice.headers),
        'content-type': 'application/json',
        'user-agent': PLANTED.userAgent,
        'idempotency-key': PLANTED.idempotencyKey,
      },
      body === undefined ? undefined : JSON.stringify(body),
    );
    bodies.push(answer.text);
    return answer;
  };
  const jobConfig = { password: PLANTED.config, nested: [{ authorization: PLANTED.config }] };
  const made = await ask('POST', `${API}/jobs`, { jobType: 'canary', jobConfig });
  assert.equal(made.status, 201, made.text);
  const { jobId } = JSON.parse(made.text);
  await ask('POST', '/functions/v1/processor?wait=true', undefined, true);
  const [row] =
    await sql`select last_execution_error as error from puppet_jobs where id = ${jobId}`;
  assert.match(row?.error ?? '', /^400 Bad Request/);
  bodies.length = 0;
  await ask('GET', `${API}/jobs/${jobId}/explain`);
  await ask('GET', `${API}/jobs/${jobId}/history`);
  await ask('POST', `${API}/jobs/${jobId}/retry`, { reason: PLANTED.reason });
  await ask('POST', `${API}/jobs/${jobId}/cancel`, { reason: PLANTED.reason });
  await ask('GET', `${API}/failed-jobs?jobType=${PLANTED.query}`);
  await ask('GET', `${API}/failed-jobs?${PLANTED.query}=1`);
  await ask('POST', `${API}/jobs`, { jobConfig: { text: `${PLANTED.config}\0` } });
  await ask('POST', `${API}/jobs`, { jobType: 'canary', jobConfig, priority: 10 });
  await ask('GET', `${API}/nowhere/${PLANTED.query}`);
  await ask('GET', `${API}/../health/details`, undefined, true);
  await ask('GET', `${API}/queue`, undefined, true);
  return bodies;
}

export const canaryCases: Cases = {
  'secrets are in no log, no address and no answer about a failure': async (attacked) => {
    const { platform } = attacked;
    const addresses: string[] = [];
    platform.intercept(async (asked, forward) => {
      addresses.push(asked.url);
      return await forward(asked);
    });
    await using target = Deno.serve(
      { port: 0, hostname: '127.0.0.1', onListen() {} },
      (asked) => {
        const told = Object.fromEntries(asked.headers);
        const key = `Bearer ${PLANTED.echoed} whsec_${PLANTED.signing} api_key=${PLANTED.echoed}`;
        return Response.json({ key, told, password: PLANTED.config }, { status: 400 });
      },
    );
    const endpoint = `http://127.0.0.1:${target.addr.port}/${PLANTED.endpointPath}`;
    const bodies = await liveThrough(attacked, endpoint);
    platform.intercept(null);
    const { files, found } = await leaks(attacked);
    assert.deepEqual(files, ['api.log', 'postgres.log', 'postgrest.log', 'processor.log']);
    assert.deepEqual(found, []);
    // What callers themselves put into an address, or gave as a reason, is theirs to see again.
    const hidden = secrets(attacked).filter((text) => text !== PLANTED.reason);
    assert.deepEqual(hidden.filter((text) => bodies.some((body) => body.includes(text))), []);
    const unsent = secrets(attacked).filter((text) => text !== PLANTED.query);
    assert.deepEqual(unsent.filter((text) => addresses.some((url) => url.includes(text))), []);
  },
};
