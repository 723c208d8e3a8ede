import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { claim, claimedJob, insertJob, insertPolicy, jobRow, settle } from './jobs.ts';

interface Policy {
  job_type: string;
  max_retries: number;
  base_delay_seconds: number;
  enabled: boolean;
  endpoint_url: string | null;
  signing_secret_name: string | null;
}

async function config(sql: Sql, jobType: string): Promise<Policy> {
  const [row] = await sql<Policy[]>`select * from get_retry_config(${jobType})`;
  return row!;
}

async function failedOnce(sql: Sql, columns: Record<string, unknown>) {
  const job = await claimedJob(sql, columns);
  const outcome = { outcome: 'failed', error_type: 'network', error_message: 'refused' };
  const { job_id, lease_token } = job;
  const [settled] = await settle(sql, [{ job_id, lease_token, ...outcome }]);
  return settled!;
}

async function claimedBudget(sql: Sql, columns: Record<string, unknown>): Promise<number> {
  return (await claimedJob(sql, columns)).max_retries;
}

databaseTest('get_retry_config: a type with a row gets its whole row', async (sql) => {
  await insertPolicy(sql, { max_retries: 9, base_delay_seconds: 33 });
  const policy = await config(sql, 'test_job');
  assert.equal(policy.job_type, 'test_job');
  assert.equal(policy.max_retries, 9);
  assert.equal(policy.base_delay_seconds, 33);
});

databaseTest('get_retry_config: a type without a row gets the row default', async (sql) => {
  await sql`update puppet_job_retry_config set max_retries = 4 where job_type = 'default'`;
  const policy = await config(sql, 'a type that nobody knows');
  assert.equal(policy.job_type, 'default');
  assert.equal(policy.max_retries, 4);
});

databaseTest('get_retry_config: endpoint and secret of default never inherit', async (sql) => {
  await sql`
    update puppet_job_retry_config
    set endpoint_url = 'https://example.com/hook', signing_secret_name = 'hook_secret'
    where job_type = 'default'
  `;
  const inherited = await config(sql, 'test_job');
  assert.equal(inherited.endpoint_url, null);
  assert.equal(inherited.signing_secret_name, null);
  assert.equal((await claimedJob(sql)).endpoint_url, null);
  const own = await config(sql, 'default');
  assert.equal(own.endpoint_url, 'https://example.com/hook');
  assert.equal(own.signing_secret_name, 'hook_secret');
});

databaseTest("get_retry_config: a type's own endpoint goes with its jobs", async (sql) => {
  await insertPolicy(sql, { endpoint_url: 'https://example.com/hook' });
  assert.equal((await config(sql, 'test_job')).endpoint_url, 'https://example.com/hook');
  assert.equal((await claimedJob(sql)).endpoint_url, 'https://example.com/hook');
});

databaseTest('get_retry_config: a disabled row does not fall back', async (sql) => {
  await insertPolicy(sql, { enabled: false });
  assert.deepEqual(
    [(await config(sql, 'test_job')).job_type, (await config(sql, 'test_job')).enabled],
    ['test_job', false],
  );
  const settled = await failedOnce(sql, {});
  assert.equal(settled.status, 'permanently_failed');
  assert.equal(settled.decision, 'policy_disabled');
});

databaseTest('get_retry_config: a disabled row lets a granted retry run', async (sql) => {
  await insertPolicy(sql);
  const settled = await failedOnce(sql, {});
  await sql`update puppet_job_retry_config set enabled = false where job_type = 'test_job'`;
  await sql`update puppet_jobs set next_retry_at = now() where id = ${settled.job_id}`;
  const again = await claim(sql);
  assert.deepEqual(again.map((job) => job.job_id), [settled.job_id]);
});

databaseTest("max_retries: the job's own goes before its type's row and default", async (sql) => {
  await insertPolicy(sql, { max_retries: 2 });
  assert.equal(await claimedBudget(sql, { max_retries: 7 }), 7);
  assert.equal(await claimedBudget(sql, { max_retries: 0 }), 0);
  assert.equal(await claimedBudget(sql, {}), 2);
});

databaseTest('max_retries: without row and own number the default is 5', async (sql) => {
  assert.equal(await claimedBudget(sql, { job_type: 'nobody_knows' }), 5);
});

databaseTest('max_retries: a job that allows none fails for good at once', async (sql) => {
  await insertPolicy(sql, { max_retries: 2 });
  const settled = await failedOnce(sql, { max_retries: 0 });
  assert.equal(settled.decision, 'max_retries_reached');
  assert.equal((await failedOnce(sql, {})).decision, 'retry_scheduled');
});

databaseTest('max_retries: the budget of the policy is counted exactly', async (sql) => {
  await insertPolicy(sql, { max_retries: 2 });
  const id = await insertJob(sql);
  const decisions = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    const [job] = await claim(sql);
    const { job_id, lease_token } = job!;
    const failed = { job_id, lease_token, outcome: 'failed', error_type: 'timeout' };
    const [settled] = await settle(sql, [failed]);
    decisions.push(settled!.decision);
    await sql`update puppet_jobs set next_retry_at = now() where id = ${id} and status = 'queued'`;
  }
  assert.deepEqual(decisions, ['retry_scheduled', 'retry_scheduled', 'max_retries_reached']);
  assert.equal((await jobRow(sql, id)).retry_count, 2);
});
