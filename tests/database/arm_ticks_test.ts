import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { verdictOf } from './explain.ts';
import { claimedJob, expireLease, insertJob, jobRow } from './jobs.ts';
import { insertDueJobs, prepareTicks, PROCESSOR_URL, queuedCall, receipts, tick } from './ticks.ts';
import { setSecrets } from './vault.ts';

const PROJECT = 'http://127.0.0.1:9';
const SECRETS = ['puppet_processor_url', 'puppet_processor_secret'];

/** As after a major upgrade: another cluster. */
async function changeFingerprint(sql: Sql, fingerprint = '1-1-1'): Promise<void> {
  await sql`update puppet_private.settings set armed_fingerprint = ${fingerprint}`;
}

async function arm(sql: Sql, url: string | null): Promise<Record<string, string>> {
  const [row] = await sql<{ armed: Record<string, string> }[]>`select arm_ticks(${url}) as armed`;
  return row!.armed;
}

async function secret(sql: Sql, name: string): Promise<string | undefined> {
  const [row] = await sql<{ secret: string }[]>`
    select decrypted_secret as secret from vault.decrypted_secrets where name = ${name}
  `;
  return row?.secret;
}

async function runOf(sql: Sql, projectUrl: string | null): Promise<void> {
  await sql`select register_handled_types('{test_job}', ${projectUrl}, null)`;
}

databaseTest('arm_ticks: one call is all that a fresh installation needs', async (sql) => {
  await prepareTicks(sql);
  await setSecrets(sql, { puppet_processor_url: null, puppet_processor_secret: null });
  await sql`update puppet_private.settings set armed_for = null, armed_fingerprint = null`;
  await insertDueJobs(sql, 1);
  assert.match(
    (await tick(sql)).disarmed!,
    /^disarmed: nobody armed the ticks yet; .*arm_ticks\('/,
  );
  await sql`delete from puppet_tick_receipts`;

  await actAs(sql, 'postgres');
  assert.deepEqual(await arm(sql, 'https://Ref.supabase.co/'), {
    armed_for: 'https://ref.supabase.co',
    processor_url: 'https://ref.supabase.co/functions/v1/processor',
  });
  assert.match((await secret(sql, 'puppet_processor_secret'))!, /^[0-9a-f]{64}$/);
  const { calls, disarmed } = await tick(sql);
  assert.deepEqual([calls, disarmed], [1, null]);
  await actAs(sql, 'none');
  const { url } = await queuedCall(sql, (await receipts(sql))[0]!);
  assert.equal(url, 'https://ref.supabase.co/functions/v1/processor');
});

databaseTest(
  'arm_ticks: secrets of the same project stay, those of another are replaced',
  async (sql) => {
    await setSecrets(sql, {
      puppet_processor_url: 'https://ref.supabase.co/functions/v1/other-path',
      puppet_processor_secret: 'mine',
    });
    await actAs(sql, 'service_role');
    await arm(sql, 'https://ref.supabase.co');
    await actAs(sql, 'none');
    assert.deepEqual(await Promise.all(SECRETS.map((name) => secret(sql, name))), [
      'https://ref.supabase.co/functions/v1/other-path',
      'mine',
    ]);
    await arm(sql, 'https://clone.supabase.co');
    assert.deepEqual(await Promise.all(SECRETS.map((name) => secret(sql, name))), [
      'https://clone.supabase.co/functions/v1/processor',
      'mine',
    ]);
  },
);

databaseTest('arm_ticks: what is no URL of a project is refused, with an example', async (sql) => {
  const urls = [
    '',
    'ref.supabase.co',
    'ftp://ref.supabase.co',
    'https://me:hunter2@ref.supabase.co',
  ];
  for (const url of [null, ...urls]) {
    const { code, message, hint } = await refusal(sql, (s) => arm(s, url));
    assert.equal(code, 'PT422', String(url));
    assert.match(message, /is not the URL of a project/);
    assert.doesNotMatch(message, /hunter2/);
    assert.match(hint!, /arm_ticks\('https:/);
  }
});

databaseTest('a restored or cloned database calls nobody, and does all the rest', async (sql) => {
  await prepareTicks(sql);
  await changeFingerprint(sql);
  const running = await claimedJob(sql, { job_type: 'other_job' });
  await expireLease(sql, running.job_id);
  const overdue = await insertJob(sql, { deadline_at: '2026-01-01T00:00:00Z' });
  const due = await insertJob(sql);
  const [before] = await sql`select count(*)::int as calls from net.http_request_queue`;
  const result = await tick(sql);
  const [after] = await sql`select count(*)::int as calls from net.http_request_queue`;
  assert.deepEqual(after, before);
  assert.match(
    result.disarmed!,
    /^disarmed: this database was restored or cloned .*: select arm_ticks\('http:\/\/127\.0\.0\.1:9'\)$/,
  );
  assert.deepEqual([result.calls, result.error], [0, null]);
  assert.ok(result.rescued! >= 1 && result.ended! >= 1);
  assert.equal((await jobRow(sql, overdue)).status, 'permanently_failed');
  await tick(sql);
  const [told, more] = await receipts(sql);
  assert.deepEqual([told!.error, told!.request_id, more], [result.disarmed, null, undefined]);
  assert.deepEqual(await verdictOf(sql, due, 'tick'), ['holds', result.disarmed]);

  await arm(sql, PROJECT);
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('ticks that are armed for another project than the URL call nobody', async (sql) => {
  await prepareTicks(sql);
  await insertDueJobs(sql, 1);
  await setSecrets(sql, {
    puppet_processor_url: 'https://clone.supabase.co/functions/v1/processor',
  });
  const { calls, disarmed } = await tick(sql);
  assert.equal(calls, 0);
  assert.match(
    disarmed!,
    /armed for http:\/\/127\.0\.0\.1:9, .* select arm_ticks\('https:\/\/clone/,
  );
});

databaseTest('ticks call no URL that hides its host, and do not repeat it', async (sql) => {
  await prepareTicks(sql);
  await insertDueJobs(sql, 1);
  await setSecrets(sql, { puppet_processor_url: `${PROJECT}@evil.example/functions/v1/processor` });
  const { calls, disarmed } = await tick(sql);
  assert.equal(calls, 0);
  assert.match(disarmed!, /puppet_processor_url in Vault is not the URL of a processor/);
  assert.doesNotMatch(disarmed!, /evil/);
  await arm(sql, PROJECT);
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('what cannot be told arms nobody, and undoes no rescue', async (sql) => {
  await prepareTicks(sql);
  const running = await claimedJob(sql, { job_type: 'other_job' });
  await expireLease(sql, running.job_id);
  const due = await insertJob(sql);
  await sql.unsafe(`
    create or replace function puppet_private.database_fingerprint() returns text
    language plpgsql as $$ begin raise exception 'no control file'; end $$
  `);
  const { calls, rescued, disarmed } = await tick(sql);
  assert.ok(rescued! >= 1);
  assert.equal(calls, 0);
  assert.match(disarmed!, /^disarmed: .*cannot be told: no control file$/);
  assert.equal((await jobRow(sql, running.job_id)).status, 'queued');
  assert.deepEqual((await receipts(sql)).map(({ error }) => error), [disarmed]);
  assert.deepEqual(await verdictOf(sql, due, 'tick'), ['holds', disarmed]);
  const [health] = await sql`select get_health_details() as details`;
  assert.match(JSON.stringify(health!.details), /could not call: disarmed: .*no control file/);
  await runOf(sql, PROJECT);
});

databaseTest('with nothing due the Vault is not asked whether ticks are armed', async (sql) => {
  await prepareTicks(sql);
  await changeFingerprint(sql);
  assert.equal((await tick(sql)).disarmed, null);
  assert.equal((await receipts(sql)).length, 0);
});

databaseTest(
  'after a major upgrade a run of the same project arms the database again',
  async (sql) => {
    await prepareTicks(sql);
    await changeFingerprint(sql);
    await insertDueJobs(sql, 1);
    for (const url of [null, 'https://clone.supabase.co', 'http://127.0.0.1', 'nonsense']) {
      await runOf(sql, url);
      assert.equal((await tick(sql)).calls, 0, String(url));
    }
    await actAs(sql, 'service_role');
    await runOf(sql, `${PROJECT}/`);
    assert.equal((await tick(sql)).calls, 1);
  },
);

databaseTest('a run never arms the same cluster with another timeline or oid', async (sql) => {
  await prepareTicks(sql);
  await insertDueJobs(sql, 1);
  const [now] = await sql`select puppet_private.database_fingerprint() as fingerprint`;
  const [cluster, timeline, oid] = now!.fingerprint.split('-').map(BigInt);
  const others = [[cluster, timeline - 1n, oid], [cluster, timeline + 1n, oid], [
    cluster,
    timeline,
    oid + 1n,
  ]];
  for (const other of others) {
    await changeFingerprint(sql, other.join('-'));
    await runOf(sql, PROJECT);
    const { calls, disarmed } = await tick(sql);
    assert.deepEqual([calls, /restored or cloned or failed over/.test(disarmed!)], [0, true]);
  }
  await arm(sql, PROJECT);
  assert.equal((await tick(sql)).calls, 1);
});

databaseTest('a run never arms what nobody armed', async (sql) => {
  await prepareTicks(sql);
  await sql`update puppet_private.settings set armed_for = null, armed_fingerprint = null`;
  await insertDueJobs(sql, 1);
  await runOf(sql, PROJECT);
  assert.equal((await tick(sql)).calls, 0);
});

databaseTest('the fingerprint names cluster, timeline and database', async (sql) => {
  const [row] = await sql`
    select puppet_private.database_fingerprint() as is, concat_ws('-',
      (select system_identifier from pg_control_system()),
      ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int,
      (select oid from pg_database where datname = current_database())) as expected
  `;
  assert.equal(row!.is, row!.expected);
  await actAs(sql, 'postgres');
  const [asOwner] = await sql`select puppet_private.database_fingerprint() as is`;
  assert.equal(asOwner!.is, row!.expected);
});

databaseTest('a project is told by its origin alone', async (sql) => {
  const origins = {
    [PROCESSOR_URL]: PROJECT,
    'HTTPS://Ref.Supabase.CO/functions': 'https://ref.supabase.co',
    'https://ref.supabase.co?x': 'https://ref.supabase.co',
    'https://ref.supabase.co#x': 'https://ref.supabase.co',
    'https://ref.supabase.co:443/x': 'https://ref.supabase.co',
    'http://localhost:80': 'http://localhost',
    'http://localhost:443': 'http://localhost:443',
    'http://supabase_kong_it:8000/': 'http://supabase_kong_it:8000',
    'http://[::1]:54321/': 'http://[::1]:54321',
    'https://[2001:DB8::1]:443': 'https://[2001:db8::1]',
    'https://ref.supabase.co@evil.example/': null,
    'https://ref.supabase.co:443@evil.example/': null,
    'https://me:word@ref.supabase.co/': null,
    'https://ref.supabase.co\\@evil.example/': null,
    'https://ref.supabase.co\n.evil.example/': null,
    'https://ref.supabase.co:port/': null,
    'https://ref.supabase.co:/': null,
    'https://ref.supabase.co evil': null,
    ' https://ref.supabase.co': null,
    'https://[::1/': null,
    'https:///x': null,
    'https://': null,
    'javascript:1': null,
  };
  for (const [url, origin] of Object.entries(origins)) {
    const [row] = await sql`select puppet_private.origin_of(${url}) as origin`;
    assert.equal(row!.origin, origin, url);
  }
});
