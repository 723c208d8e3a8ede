import assert from 'node:assert/strict';
import type { TablesInsert } from '../../../shared/database.types.ts';
import { answerOf, type ApiFixture } from './api_fixture.ts';
import type { Cases } from './cases.ts';
import { USERS } from './users.ts';

const MOMENTS = ['infinity', '-infinity', '10000-01-01T00:00:00Z', '0044-03-15 12:00:00+00 BC'];

/** What the table took; a check that refuses a value keeps it out of the answers as well. */
async function written(
  write: PromiseLike<{ error: { code: string; message: string } | null }>,
): Promise<boolean> {
  const { error } = await write;
  if (error) assert.match(error.code, /^(23514|22)/, error.message);
  return error === null;
}

async function readAll({ send }: ApiFixture, id: string): Promise<void> {
  const paths = [
    `/puppet/jobs/${id}`,
    `/puppet/jobs/${id}/explain`,
    `/puppet/jobs/${id}/history`,
    '/puppet/failed-jobs',
    '/puppet/failed-jobs?status=failed',
    '/puppet/retry-history',
    '/puppet/retry-analytics?startDate=1900-01-01',
    '/puppet/queue',
    '/health/details',
    '/metrics',
  ];
  for (const path of paths) {
    const response = await send('service', 'GET', path);
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
}

function attemptOf(job_id: string, job_type: string) {
  const row: TablesInsert<'puppet_job_retry_history'> = {
    job_id,
    job_type,
    user_id: USERS.owner.sub,
    attempt_number: 1,
    success: false,
  };
  return row;
}

export const storedValueCases: Cases = {
  'a moment beyond every calendar is answered': async (api) => {
    for (const moment of MOMENTS) {
      const job_type = `moment_${crypto.randomUUID()}`;
      const id = await api.insertFailedJob({ job_type });
      const jobs = api.client.from('puppet_jobs');
      await written(jobs.update({ completed_at: moment }).eq('id', id));
      await written(jobs.update({ created_at: moment }).eq('id', id));
      await written(jobs.update({ deadline_at: moment }).eq('id', id));
      await written(jobs.update({ last_attempt_at: moment }).eq('id', id));
      const attempt = attemptOf(id, job_type);
      const history = api.client.from('puppet_job_retry_history');
      await written(history.insert([{ ...attempt, attempted_at: moment }]));
      await written(history.insert([{ ...attempt, next_retry_at: moment }]));
      await readAll(api, id);
      await jobs.delete().eq('id', id);
    }
  },

  'a number that JSON has not is answered': async (api) => {
    const job_type = `number_${crypto.randomUUID()}`;
    const id = await api.insertFailedJob({ job_type });
    for (const backoff of ['NaN', 'Infinity', `1${'0'.repeat(400)}`]) {
      const row = { ...attemptOf(id, job_type), backoff_multiplier: JSON.parse(`"${backoff}"`) };
      await written(api.client.from('puppet_job_retry_history').insert([row]));
    }
    await readAll(api, id);
    await api.client.from('puppet_jobs').delete().eq('id', id);
  },

  'a policy that SQL wrote is answered, however long its texts are': async ({ client, send }) => {
    const job_type = `policy_${crypto.randomUUID()}`;
    const policies = client.from('puppet_job_retry_config');
    const long = {
      description: 'x'.repeat(10_001),
      retry_on_error_types: ['', 'y'.repeat(101), ...Array(100).fill('z')],
      signing_secret_name: 's'.repeat(300),
    };
    assert.ok(await written(policies.insert({ job_type, ...long })));
    for (const moment of MOMENTS) {
      await written(policies.update({ updated_at: moment }).eq('job_type', job_type));
      for (const path of ['/puppet/retry-config', `/puppet/retry-config/${job_type}`]) {
        await answerOf(await send('service', 'GET', path));
      }
    }
    await policies.delete().eq('job_type', job_type);
  },

  'a field called __proto__ comes back': async (api) => {
    const body = '{"jobConfig":{"__proto__":{"a":1}}}';
    const { jobId } = await answerOf(await api.send('owner', 'POST', '/puppet/jobs', body), 201);
    const response = await api.send('owner', 'GET', `/puppet/jobs/${jobId}`);
    assert.match(await response.text(), /"jobConfig":\{"__proto__":\{"a":1\}\}/);
  },
};
