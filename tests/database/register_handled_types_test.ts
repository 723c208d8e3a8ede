import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { type Claimed, insertJob, insertPolicy } from './jobs.ts';

const URL = 'https://example.com/hook';

/** Registers as an executor does; answers what that executor can run. */
async function register(sql: Sql, types: string[] | null): Promise<string[]> {
  const [row] = await sql<{ types: string[] }[]>`
    select register_handled_types(${types}::text[]) -> 'job_types' as types
  `;
  return row!.types;
}

async function handled(sql: Sql, types: string[]): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select h.job_type || ' ' || h.source as name
    from puppet_handled_types h
    where h.job_type = any (${types})
    order by name
  `;
  return rows.map((row) => row.name);
}

/** What a claim that names no types gets. */
async function claimAnything(sql: Sql): Promise<Claimed[]> {
  const [row] = await sql<{ jobs: Claimed[] }[]>`select claim_jobs('executor', 100) as jobs`;
  return row!.jobs.filter((job) => ['test_job', 'other_job'].includes(job.job_type));
}

databaseTest('register_handled_types: each type is noted once as a handler', async (sql) => {
  await actAs(sql, 'service_role');
  await register(sql, ['test_job', 'other_job', 'test_job']);
  assert.deepEqual(await handled(sql, ['test_job', 'other_job']), [
    'other_job handler',
    'test_job handler',
  ]);
});

databaseTest('register_handled_types: a repeated type was seen just now', async (sql) => {
  await register(sql, ['test_job']);
  await sql`update puppet_handled_types set last_seen_at = now() - interval '1 day'`;
  await register(sql, ['test_job']);
  const [row] = await sql`
    select last_seen_at > now() - interval '1 minute' as fresh
    from puppet_handled_types
    where job_type = 'test_job'
  `;
  assert.equal(row!.fresh, true);
  assert.deepEqual(await handled(sql, ['test_job']), ['test_job handler']);
});

databaseTest('register_handled_types: no types are no mistake', async (sql) => {
  await sql`delete from puppet_handled_types`;
  assert.deepEqual(await register(sql, []), []);
  assert.deepEqual(await register(sql, null), []);
});

databaseTest(
  'register_handled_types: answers its own types and those with an endpoint',
  async (sql) => {
    await sql`delete from puppet_handled_types`;
    await register(sql, ['of_another_executor']);
    await insertPolicy(sql, { job_type: 'other_job', endpoint_url: URL });
    assert.deepEqual(await register(sql, ['test_job']), ['other_job', 'test_job']);
  },
);

/** The type was last seen two hours ago; a tick's call was answered since, `minutes` ago. */
async function unseen(sql: Sql, minutes: number): Promise<void> {
  await sql`select register_handled_types(array['idle_type'])`;
  await sql`
    update puppet_handled_types set last_seen_at = now() - interval '2 hours'
    where job_type = 'idle_type'
  `;
  await sql`
    insert into puppet_tick_receipts (created_at, started_at, finished_at)
    select t.at, t.at, t.at from (select now() - make_interval(mins => ${minutes})) t (at)
  `;
  await sql`select register_handled_types(array['other_type'])`;
}

async function isHandled(sql: Sql): Promise<boolean> {
  return (await sql`select from puppet_handled_types where job_type = 'idle_type'`).length > 0;
}

databaseTest('register_handled_types: a type that had nothing to do stays', async (sql) => {
  await unseen(sql, 10);
  assert.ok(await isHandled(sql));
  await insertJob(sql, { job_type: 'idle_type', scheduled_at: new Date(Date.now() - 300_000) });
  await sql`select register_handled_types(array['other_type'])`;
  assert.ok(await isHandled(sql), 'its executor was not called since the job is due');
});

databaseTest('register_handled_types: a type that a woken run did not bring goes', async (sql) => {
  await insertJob(sql, { job_type: 'idle_type', scheduled_at: new Date(Date.now() - 900_000) });
  await unseen(sql, 10);
  assert.ok(!await isHandled(sql));
});

databaseTest('register_handled_types: a type without a proper name is refused', async (sql) => {
  for (const name of ['', ' ', 'x'.repeat(101)]) {
    assert.equal((await refusal(sql, (s) => register(s, ['test_job', name]))).code, '23514');
  }
  const refused = await refusal(sql, (s) => s`select register_handled_types('{a,null}')`);
  assert.match(refused.code, /^(23502|23514|PT4..)$/);
});

databaseTest('handled types: a claim that names no types takes only handled ones', async (sql) => {
  const id = await insertJob(sql);
  await insertJob(sql, { job_type: 'other_job' });
  assert.deepEqual(await claimAnything(sql), []);
  await register(sql, ['test_job']);
  assert.deepEqual((await claimAnything(sql)).map((job) => job.job_id), [id]);
});

databaseTest('handled types: a policy with an endpoint makes its type handled', async (sql) => {
  await insertPolicy(sql, { endpoint_url: URL });
  await insertPolicy(sql, { job_type: 'other_job' });
  assert.deepEqual(await handled(sql, ['test_job', 'other_job']), ['test_job endpoint']);
  const id = await insertJob(sql);
  assert.deepEqual((await claimAnything(sql)).map((job) => job.job_id), [id]);
});

databaseTest('handled types: endpoints follow every change of a policy', async (sql) => {
  const types = ['test_job', 'other_job'];
  await register(sql, ['test_job']);
  await insertPolicy(sql);
  await sql`update puppet_job_retry_config set endpoint_url = ${URL} where job_type = 'test_job'`;
  assert.deepEqual(await handled(sql, types), ['test_job endpoint', 'test_job handler']);
  await sql`update puppet_job_retry_config set job_type = 'other_job' where job_type = 'test_job'`;
  assert.deepEqual(await handled(sql, types), ['other_job endpoint', 'test_job handler']);
  await sql`update puppet_job_retry_config set endpoint_url = null where job_type = 'other_job'`;
  assert.deepEqual(await handled(sql, types), ['test_job handler']);
  await sql`update puppet_job_retry_config set endpoint_url = ${URL} where job_type = 'other_job'`;
  await sql`delete from puppet_job_retry_config where job_type = 'other_job'`;
  assert.deepEqual(await handled(sql, types), ['test_job handler']);
});

databaseTest('handled types: the service sets an endpoint by a plain update', async (sql) => {
  await insertPolicy(sql);
  await actAs(sql, 'service_role');
  await sql`update puppet_job_retry_config set endpoint_url = ${URL} where job_type = 'test_job'`;
  assert.deepEqual(await handled(sql, ['test_job']), ['test_job endpoint']);
});
