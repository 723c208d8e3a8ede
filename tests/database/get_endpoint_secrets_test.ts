import assert from 'node:assert/strict';
import { actAs, databaseTest, type Sql } from './database.ts';
import { insertPolicy } from './jobs.ts';
import { setSecrets } from './vault.ts';

const ENDPOINT = { endpoint_url: 'https://example.com/hook', signing_secret_name: 'hook_secret' };

async function secrets(sql: Sql, types: string[] | null): Promise<Record<string, string[]>> {
  const [row] = await sql<{ secrets: Record<string, string[]> }[]>`
    select get_endpoint_secrets(${types}::text[]) as secrets
  `;
  return row!.secrets;
}

databaseTest('get_endpoint_secrets: a type with one secret gets it', async (sql) => {
  await setSecrets(sql, { hook_secret: 'whsec_a', hook_secret_previous: null });
  await insertPolicy(sql, ENDPOINT);
  await actAs(sql, 'service_role');
  assert.deepEqual(await secrets(sql, ['test_job']), { test_job: ['whsec_a'] });
});

databaseTest(
  'get_endpoint_secrets: two are valid during a rotation, new one first',
  async (sql) => {
    await setSecrets(sql, { hook_secret: 'whsec_new', hook_secret_previous: 'whsec_old' });
    await insertPolicy(sql, ENDPOINT);
    assert.deepEqual(await secrets(sql, ['test_job']), { test_job: ['whsec_new', 'whsec_old'] });
  },
);

databaseTest('get_endpoint_secrets: a secret missing in Vault leaves none', async (sql) => {
  await setSecrets(sql, { hook_secret: null, hook_secret_previous: null });
  await insertPolicy(sql, ENDPOINT);
  assert.deepEqual((await secrets(sql, ['test_job'])).test_job ?? [], []);
});

databaseTest('get_endpoint_secrets: only secrets that a policy names are read', async (sql) => {
  await setSecrets(sql, { hook_secret: 'whsec_a', hook_secret_previous: null });
  await insertPolicy(sql, { ...ENDPOINT, signing_secret_name: null });
  await insertPolicy(sql, { job_type: 'other_job', signing_secret_name: 'hook_secret' });
  assert.deepEqual(await secrets(sql, ['test_job', 'other_job', 'hook_secret']), {});
});

databaseTest('get_endpoint_secrets: the secret of default is not inherited', async (sql) => {
  await setSecrets(sql, { hook_secret: 'whsec_a', hook_secret_previous: null });
  await sql`
    update puppet_job_retry_config
    set ${sql(ENDPOINT)}
    where job_type = 'default'
  `;
  assert.deepEqual(await secrets(sql, ['test_job']), {});
  assert.deepEqual(await secrets(sql, ['default']), { default: ['whsec_a'] });
});

databaseTest('get_endpoint_secrets: no types have no secrets', async (sql) => {
  assert.deepEqual(await secrets(sql, []), {});
  assert.deepEqual(await secrets(sql, null), {});
});
