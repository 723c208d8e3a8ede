import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { claimedJob, historyOf, insertPolicy, settle } from './jobs.ts';

const DEFAULTS = {
  max_retries: 5,
  base_delay_seconds: 7200,
  backoff_multiplier: '2.0',
  max_delay_seconds: 86400,
  jitter_enabled: true,
  max_jitter_seconds: 300,
  jitter_strategy: 'additive',
  delay_schedule_seconds: null,
  max_retry_after_seconds: 604800,
  max_elapsed_seconds: null,
  timeout_seconds: 30,
  max_crashes: 3,
  escalation_enabled: true,
  escalation_threshold: 3,
  retry_on_error_types: ['timeout', 'network', 'rate_limit', 'temporary_error', 'unknown_error'],
  do_not_retry_on: ['authentication', 'permission', 'validation_error'],
  enabled: true,
  endpoint_url: null,
  signing_secret_name: null,
  owners_may_enqueue: true,
};

type Policy = typeof DEFAULTS & { description: string | null };

async function policy(sql: Sql, jobType: string): Promise<Policy> {
  const [row] = await sql<Policy[]>`
    select * from puppet_job_retry_config where job_type = ${jobType}
  `;
  return row!;
}

async function failLinkedinJob(sql: Sql): Promise<{ id: string; decision: string | null }> {
  const job = await claimedJob(sql, { job_type: 'linkedin_outreach' });
  const { job_id, lease_token } = job;
  const failed = { job_id, lease_token, outcome: 'failed', error_type: 'rate_limit' };
  const [settled] = await settle(sql, [failed]);
  return { id: job_id, decision: settled!.decision };
}

databaseTest(
  'policies: a row of a job type alone has the defaults of the contract',
  async (sql) => {
    await sql`insert into puppet_job_retry_config (job_type) values ('test_job')`;
    const row = await policy(sql, 'test_job');
    for (const [column, value] of Object.entries(DEFAULTS)) {
      assert.deepEqual(row[column as keyof typeof DEFAULTS], value, column);
    }
  },
);

databaseTest(
  'policies: a fresh install has the row default with just the defaults',
  async (sql) => {
    const row = await policy(sql, 'default');
    for (const [column, value] of Object.entries(DEFAULTS)) {
      assert.deepEqual(row[column as keyof typeof DEFAULTS], value, column);
    }
  },
);

databaseTest('policies: a fresh install seeds four types, each saying why', async (sql) => {
  const rows = await sql<{ job_type: string; description: string }[]>`
    select job_type, description from puppet_job_retry_config where enabled = true
  `;
  const seeded = ['data_enrichment', 'default', 'email_campaign', 'linkedin_outreach'];
  assert.deepEqual(rows.map((row) => row.job_type).sort(), seeded);
  for (const { description } of rows) assert.ok(description.length > 60, description);
});

databaseTest('policies: the seeds differ in the way that the contract says', async (sql) => {
  const usual = await policy(sql, 'default');
  const strict = await policy(sql, 'linkedin_outreach');
  assert.ok(strict.max_retries < usual.max_retries);
  assert.ok(strict.base_delay_seconds > usual.base_delay_seconds);
  assert.ok(strict.max_jitter_seconds > usual.max_jitter_seconds);
  const mail = await policy(sql, 'email_campaign');
  assert.ok(mail.base_delay_seconds >= 300 && mail.base_delay_seconds <= 3600);
  const quick = await policy(sql, 'data_enrichment');
  assert.ok(quick.max_retries > usual.max_retries);
  assert.ok(quick.base_delay_seconds < mail.base_delay_seconds);
});

databaseTest('policies: all enabled ones are listed as the example lists them', async (sql) => {
  await insertPolicy(sql, { enabled: false });
  await actAs(sql, 'service_role');
  const rows = await sql`select * from puppet_job_retry_config where enabled = true`;
  assert.equal(rows.length, 4);
});

databaseTest('policies: tuning is a plain UPDATE that the next failure follows', async (sql) => {
  assert.equal((await failLinkedinJob(sql)).decision, 'retry_scheduled');
  await actAs(sql, 'service_role');
  await sql`
    update puppet_job_retry_config
    set max_retries = 3, base_delay_seconds = 3600, backoff_multiplier = 1.5,
      max_delay_seconds = 43200
    where job_type = 'linkedin_outreach'
  `;
  const { id } = await failLinkedinJob(sql);
  const [row] = await historyOf(sql, id);
  assert.equal(row!.delay_seconds! - row!.jitter_seconds!, 3600);
  assert.equal(Number(row!.backoff_multiplier), 1.5);
  await sql`update puppet_job_retry_config set max_retries = 0 where job_type = 'linkedin_outreach'`;
  assert.equal((await failLinkedinJob(sql)).decision, 'max_retries_reached');
});

const NONSENSE: Record<string, unknown>[] = [
  { job_type: '' },
  { job_type: 'x'.repeat(101) },
  { max_retries: -1 },
  { base_delay_seconds: 0 },
  { base_delay_seconds: -1 },
  { backoff_multiplier: 0.99 },
  { backoff_multiplier: 'NaN' },
  { backoff_multiplier: 'Infinity' },
  { base_delay_seconds: 100, max_delay_seconds: 99 },
  { max_jitter_seconds: -1 },
  { jitter_strategy: 'gaussian' },
  { delay_schedule_seconds: '{}' },
  { delay_schedule_seconds: '{60,-1}' },
  { delay_schedule_seconds: '{60,null}' },
  { delay_schedule_seconds: '{{60},{120}}' },
  { max_retry_after_seconds: -1 },
  { max_elapsed_seconds: 0 },
  { timeout_seconds: 0 },
  { max_crashes: 0 },
  { escalation_threshold: 0 },
  { retry_on_error_types: '{network,null}' },
  { do_not_retry_on: '{null}' },
  { endpoint_url: 'not a url' },
  { endpoint_url: 'ftp://example.com/' },
  { endpoint_url: 'https://' },
  { endpoint_url: 'https://u:p@x.example/' },
  { endpoint_url: 'https://token@x.example?a' },
  { signing_secret_name: '' },
];

databaseTest('policies: nonsense is refused by a constraint that says why', async (sql) => {
  for (const columns of NONSENSE) {
    const row: Record<string, unknown> = { job_type: 'test_job', ...columns };
    const names = Object.keys(row).join(', ');
    const values = Object.values(row).map((value) => `'${value}'`).join(', ');
    const refused = await refusal(
      sql,
      (s) => s.unsafe(`insert into puppet_job_retry_config (${names}) values (${values})`),
    );
    assert.equal(refused.code, '23514', values);
    assert.ok(refused.constraint_name);
  }
});

databaseTest('policies: a job type has one row', async (sql) => {
  assert.equal((await refusal(sql, (s) => insertPolicy(s, { job_type: 'default' }))).code, '23505');
});

databaseTest(
  'policies: default can be tuned, but not deleted, renamed or left out',
  async (sql) => {
    const statements = [
      "delete from puppet_job_retry_config where job_type = 'default'",
      'delete from puppet_job_retry_config',
      "update puppet_job_retry_config set job_type = 'other' where job_type = 'default'",
    ];
    for (const statement of statements) {
      const refused = await refusal(sql, (s) => s.unsafe(statement));
      assert.match(refused.message, /default/, statement);
      assert.ok(refused.hint, statement);
    }
    await sql`update puppet_job_retry_config set max_retries = 6 where job_type = 'default'`;
    await sql`delete from puppet_job_retry_config where job_type <> 'default'`;
    assert.equal((await policy(sql, 'default')).max_retries, 6);
  },
);

databaseTest('policies: updated_at follows every change', async (sql) => {
  await insertPolicy(sql, { updated_at: '2020-01-01T00:00:00Z' });
  await sql`update puppet_job_retry_config set max_retries = 1 where job_type = 'test_job'`;
  const [row] = await sql`
    select updated_at > now() - interval '1 minute' as fresh
    from puppet_job_retry_config
    where job_type = 'test_job'
  `;
  assert.equal(row!.fresh, true);
});
