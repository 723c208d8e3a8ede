import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServiceClient } from '../../shared/service_client.ts';
import { startPlatform } from '../../supabase/local/platform.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What a user of a generated client writes; it is type-checked and run as it stands. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { paths } from './api.d.ts';

const [url = '', apikey = '', userId = ''] = Deno.args;
const client = createClient<paths>({ baseUrl: url + '/functions/v1', headers: { apikey } });

const enqueued = await client.POST('/api/puppet/jobs', {
  body: { userId, jobType: 'generated_client', jobConfig: { n: 1 } },
});
if (!enqueued.data) throw new Error(enqueued.error.code);
const path = { jobId: enqueued.data.jobId };
const read = await client.GET('/api/puppet/jobs/{jobId}', { params: { path } });
const status: 'pending' | undefined = read.data?.status === 'pending' ? 'pending' : undefined;
const cancelled = await client.POST('/api/puppet/jobs/{jobId}/cancel', {
  params: { path },
  body: { reason: 'a test' },
});
const failed = await client.GET('/api/puppet/failed-jobs', {
  params: { query: { status: 'cancelled', jobType: 'generated_client', limit: 10 } },
});
const refused = await client.POST('/api/puppet/jobs/{jobId}/cancel', {
  params: { path: { jobId: crypto.randomUUID() } },
});
console.log(JSON.stringify({
  status,
  cancelled: cancelled.data?.status,
  failed: failed.data?.jobs.map((job) => job.id === path.jobId),
  code: refused.error?.code,
}));

// @ts-expect-error: a priority is a number
await client.POST('/api/puppet/jobs', { body: { priority: 'high' } });
`;

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { NO_COLOR: '1' },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, `${command} ${args.join(' ')}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

Deno.test('api: a client generated from the OpenAPI document type-checks and works', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-client-' });
  await using platform = await startPlatform({ folder, temporary: true, ticks: false });
  const { url, keys } = platform;
  const document = await fetch(`${url}/functions/v1/api/openapi.json`);
  await Deno.writeTextFile(join(folder, 'openapi.json'), await document.text());
  await Deno.writeTextFile(join(folder, 'main.ts'), PROGRAM);
  await run(
    'npx',
    ...['-y', '-p', 'typescript@5.9.3', '-p', 'openapi-typescript@7.13.0', 'openapi-typescript'],
    ...[join(folder, 'openapi.json'), '-o', join(folder, 'api.d.ts')],
  );
  const config = ['--no-lock', '--config', join(PROJECT, 'deno.json')];
  const userId = crypto.randomUUID();
  const answer = await run(
    Deno.execPath(),
    ...['run', '--quiet', '--check', '--allow-net', ...config, join(folder, 'main.ts')],
    ...[url, keys.secret, userId],
  );
  assert.deepEqual(JSON.parse(answer), {
    status: 'pending',
    cancelled: 'cancelled',
    failed: [true],
    code: 'job_not_found',
  });
  const client = createServiceClient((name) => platform.env[name]);
  const { data } = await client.from('puppet_jobs').select('job_config').eq('user_id', userId);
  assert.deepEqual(data, [{ job_config: { n: 1 } }]);
});
