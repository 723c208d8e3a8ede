import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { claimedJob, insertJob, insertPolicy } from './jobs.ts';
import { setColumns } from './lifecycle.ts';
import { insertDueJobs, prepareTicks, tick } from './ticks.ts';
import { setSecrets } from './vault.ts';

interface Check {
  name: string;
  ok: boolean;
  text: string;
  advice: string | null;
}

async function health(sql: Sql): Promise<{ ok: boolean; checks: Check[] }> {
  const [row] = await sql<{ health: { ok: boolean; checks: Check[] } }[]>`
    select get_health_details() as health
  `;
  return row!.health;
}

async function check(sql: Sql, name: string): Promise<Check> {
  const { ok, checks } = await health(sql);
  const found = checks.find((one) => one.name === name)!;
  assert.equal(found.ok, found.advice === null);
  assert.ok(found.ok || !ok);
  return found;
}

/** No job, no receipt, and nothing handled but test_job. */
async function prepareHealth(sql: Sql): Promise<void> {
  await prepareTicks(sql);
  await sql`delete from puppet_jobs`;
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

databaseTest('get_health_details: all is well', async (sql) => {
  await prepareHealth(sql);
  await insertJob(sql);
  const { ok, checks } = await health(sql);
  assert.deepEqual(checks.filter((one) => !one.ok), []);
  assert.equal(ok, true);
  assert.deepEqual(checks.map(({ name }) => name), [
    'database',
    'schema_version',
    'ticks_armed',
    'oldest_due_job',
    'unhandled_due_jobs',
    'ticks_answered',
    'expired_leases',
    'timeouts_within_a_run',
    'endpoint_secrets',
    'endpoint_addresses',
  ]);
});

databaseTest('get_health_details: a job that is due for more than 5 minutes', async (sql) => {
  await prepareHealth(sql);
  await insertJob(sql, { scheduled_at: minutesAgo(4) });
  assert.equal((await check(sql, 'oldest_due_job')).ok, true);
  await insertJob(sql, { scheduled_at: minutesAgo(6), priority: 1 });
  const late = await check(sql, 'oldest_due_job');
  assert.deepEqual([late.ok, late.text], [false, 'the longest overdue job is due for 6 min']);
});

databaseTest('get_health_details: due jobs that nobody can run', async (sql) => {
  await prepareHealth(sql);
  await insertJob(sql, { job_type: 'later', scheduled_at: minutesAgo(-5) });
  assert.equal((await check(sql, 'unhandled_due_jobs')).ok, true);
  await insertJob(sql, { job_type: 'nobody_b' });
  await insertJob(sql, { job_type: 'nobody_a', scheduled_at: minutesAgo(60) });
  const unhandled = await check(sql, 'unhandled_due_jobs');
  assert.equal(unhandled.text, 'nobody can run the due jobs of: nobody_a, nobody_b');
  assert.equal((await check(sql, 'oldest_due_job')).ok, true);
});

databaseTest('get_health_details: calls that nobody answered', async (sql) => {
  await prepareHealth(sql);
  await insertDueJobs(sql, 1);
  await tick(sql);
  assert.equal((await check(sql, 'ticks_answered')).ok, true);
  await sql`update puppet_tick_receipts set created_at = ${minutesAgo(1)}`;
  const lost = await check(sql, 'ticks_answered');
  assert.equal(lost.text, 'of 1 calls in the last 10 minutes 0 were answered, 1 were not');
  await sql`update puppet_tick_receipts set started_at = now()`;
  assert.equal((await check(sql, 'ticks_answered')).ok, true);
});

databaseTest('get_health_details: calls that could not be made', async (sql) => {
  await prepareHealth(sql);
  await setSecrets(sql, { puppet_processor_url: '' });
  await insertDueJobs(sql, 1);
  await tick(sql);
  const failed = await check(sql, 'ticks_answered');
  assert.equal(failed.ok, false);
  assert.match(failed.text, /could not call: Vault has no secret named 'puppet_processor_url'/);
  await sql`update puppet_tick_receipts set created_at = ${minutesAgo(11)}`;
  assert.equal((await check(sql, 'ticks_answered')).ok, true);
});

databaseTest('get_health_details: leases that nobody takes back', async (sql) => {
  await prepareHealth(sql);
  const { job_id } = await claimedJob(sql);
  await setColumns(sql, job_id, { execution_timeout_at: minutesAgo(0.5) });
  assert.equal((await check(sql, 'expired_leases')).ok, true);
  await setColumns(sql, job_id, { execution_timeout_at: minutesAgo(2) });
  const expired = await check(sql, 'expired_leases');
  assert.equal(expired.text, '1 running jobs have outlived their lease by a minute');
});

databaseTest(
  'get_health_details: of 10,000 types that nobody can run, some are named',
  async (sql) => {
    await prepareHealth(sql);
    await sql`
    insert into puppet_jobs (user_id, job_type)
    select gen_random_uuid(), 'nobody_' || lpad(n::text, 5, '0') from generate_series(1, 10000) n
  `;
    const { text } = await check(sql, 'unhandled_due_jobs');
    assert.match(text, /: nobody_00001, nobody_00002, .*nobody_00020, and more$/);
  },
);

const LONG = 'timeouts_within_a_run';

databaseTest('get_health_details: timeouts that no run has time for', async (sql) => {
  await prepareHealth(sql);
  await insertPolicy(sql, { timeout_seconds: 60 });
  assert.equal((await check(sql, LONG)).ok, true);
  await sql`update puppet_job_retry_config set timeout_seconds = 61 where job_type = 'test_job'`;
  assert.match((await check(sql, LONG)).text, /timeout_seconds of test_job$/);
  await sql`update puppet_job_retry_config set enabled = false where job_type = 'test_job'`;
  assert.equal((await check(sql, LONG)).ok, true);
});

databaseTest('get_health_details: a timeout counts where somebody runs the type', async (sql) => {
  await prepareHealth(sql);
  await insertPolicy(sql, { job_type: 'nobodys', timeout_seconds: 900 });
  assert.equal((await check(sql, LONG)).ok, true);
  await sql`update puppet_job_retry_config set endpoint_url = 'https://example.com/' where job_type = 'nobodys'`;
  assert.match((await check(sql, LONG)).text, /timeout_seconds of nobodys$/);
  await sql`delete from puppet_job_retry_config where job_type = 'nobodys'`;
  await sql`update puppet_job_retry_config set timeout_seconds = 61 where job_type = 'default'`;
  assert.match((await check(sql, LONG)).text, /timeout_seconds of test_job$/);
});

databaseTest('get_health_details: a signing secret that Vault lacks', async (sql) => {
  await prepareHealth(sql);
  const endpoint = { endpoint_url: 'https://example.com/', signing_secret_name: 'hook_secret' };
  await insertPolicy(sql, endpoint);
  const missing = await check(sql, 'endpoint_secrets');
  assert.equal(missing.text, 'Vault lacks the signing secret of: test_job (hook_secret)');
  await setSecrets(sql, { hook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  assert.equal((await check(sql, 'endpoint_secrets')).ok, true);
});

databaseTest('get_health_details: endpoints of disabled policies too', async (sql) => {
  await prepareHealth(sql);
  const endpoint = { endpoint_url: 'http://10.1.2.3/', signing_secret_name: 'hook_secret' };
  await insertPolicy(sql, { ...endpoint, enabled: false });
  assert.match((await check(sql, 'endpoint_secrets')).text, /of: test_job \(hook_secret\)$/);
  assert.match((await check(sql, 'endpoint_addresses')).text, /of: test_job$/);
});

databaseTest('get_health_details: endpoints inside the private network', async (sql) => {
  await prepareHealth(sql);
  await insertPolicy(sql);
  const name = 'endpoint_addresses';
  await sql`update puppet_private.settings set private_endpoint_hosts = '{}'`;
  const setUrl = (url: string) =>
    sql`update puppet_job_retry_config set endpoint_url = ${url} where job_type = 'test_job'`;
  const inside = [
    '10.1.2.3',
    '127.0.0.1:8000',
    '[::1]:80',
    '192.168.0.9',
    'LOCALHOST',
    'db.internal',
    '[::ffff:10.0.0.1]',
    '[64:ff9b::a00:1]',
  ];
  for (const host of inside) {
    await setUrl(`https://${host}/hook?a=1`);
    assert.match((await check(sql, name)).text, /is the endpoint of: test_job$/, host);
  }
  for (
    const host of ['8.8.8.8', 'example.com:8443', '[2606:4700::1]', '172.32.0.1', 'local.example']
  ) {
    await setUrl(`https://${host}?a=10.0.0.1`);
    assert.equal((await check(sql, name)).ok, true, host);
  }
  await setUrl('http://example.com/hook');
  assert.match((await check(sql, name)).text, /plain http is the endpoint of: test_job$/);
  await setUrl('http://10.1.2.3:80/');
  await sql`update puppet_private.settings set private_endpoint_hosts = '{10.1.2.3}'`;
  assert.equal((await check(sql, name)).ok, true);
});

databaseTest('get_health_details: a database that was restored or cloned', async (sql) => {
  await prepareHealth(sql);
  await sql`update puppet_private.settings set armed_fingerprint = 'of another database'`;
  const armed = await check(sql, 'ticks_armed');
  assert.equal(armed.ok, false);
  assert.match(armed.text, /^disarmed: this database was restored or cloned/);
});

databaseTest('get_health_details: code and schema of different versions', async (sql) => {
  await prepareHealth(sql);
  for (const [schema, code, advice] of [[7, 8, /db push/], [8, 7, /functions deploy/]] as const) {
    await sql`update puppet_private.settings set schema_version = ${schema}`;
    await sql`select register_handled_types('{test_job}', null, ${code})`;
    const version = await check(sql, 'schema_version');
    assert.deepEqual([version.ok, version.text], [false, `schema ${schema}, code ${code}`]);
    assert.match(version.advice!, advice);
  }
  await sql`update puppet_private.settings set processor_schema_version = null`;
  assert.equal((await check(sql, 'schema_version')).ok, true);
});
