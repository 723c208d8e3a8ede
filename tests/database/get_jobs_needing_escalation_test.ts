import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { insertJob, insertPolicy } from './jobs.ts';

interface Escalated {
  job_id: string;
  user_id: string;
  job_type: string;
  retry_count: number;
  max_retries: number;
  last_error: string | null;
  last_attempt_at: string | null;
}

async function escalated(sql: Sql, limit = 1000): Promise<Escalated[]> {
  const [row] = await sql<{ jobs: Escalated[] }[]>`
    select get_jobs_needing_escalation(${limit}) as jobs
  `;
  return row!.jobs;
}

async function escalatedIds(sql: Sql): Promise<string[]> {
  return (await escalated(sql)).map((job) => job.job_id);
}

/** A job that waits after so many failures. */
async function waiting(sql: Sql, retryCount: number, columns: Record<string, unknown> = {}) {
  return await insertJob(sql, {
    status: 'queued',
    final_status: 'failed',
    retry_count: retryCount,
    next_retry_at: '2099-01-01T00:00:00Z',
    ...columns,
  });
}

async function ended(sql: Sql, status: string, columns: Record<string, unknown> = {}) {
  return await insertJob(sql, {
    status,
    final_status: status,
    completed_at: '2026-02-01T00:00:00Z',
    ...columns,
  });
}

databaseTest(
  'get_jobs_needing_escalation: nothing needs anybody in an empty database',
  async (sql) => {
    await sql`delete from puppet_jobs`;
    assert.deepEqual(await escalated(sql), []);
  },
);

databaseTest('get_jobs_needing_escalation: a job that failed for good, as it is', async (sql) => {
  await insertPolicy(sql, { max_retries: 4 });
  const id = await ended(sql, 'permanently_failed', {
    retry_count: 1,
    last_execution_error: 'refused',
    last_attempt_at: '2026-01-31T00:00:00Z',
  });
  const job = (await escalated(sql)).find((found) => found.job_id === id)!;
  const { user_id, last_attempt_at, ...rest } = job;
  assert.ok(user_id);
  assert.equal(Date.parse(last_attempt_at!), Date.UTC(2026, 0, 31));
  assert.deepEqual(rest, {
    job_id: id,
    job_type: 'test_job',
    retry_count: 1,
    max_retries: 4,
    last_error: 'refused',
  });
});

databaseTest("get_jobs_needing_escalation: from the policy's threshold on", async (sql) => {
  await insertPolicy(sql, { escalation_threshold: 2 });
  await waiting(sql, 1);
  const reached = await waiting(sql, 2, { max_retries: 9 });
  const passed = await waiting(sql, 3);
  assert.deepEqual((await escalatedIds(sql)).sort(), [reached, passed].sort());
  const budgets = (await escalated(sql)).map((job) => job.max_retries);
  assert.deepEqual(budgets.sort(), [5, 9]);
});

databaseTest('get_jobs_needing_escalation: a job whose retry runs is still stuck', async (sql) => {
  const id = await waiting(sql, 3, {
    status: 'running',
    next_retry_at: null,
    executing_by: 'executor',
    executing_at: '2026-01-01T00:00:00Z',
    execution_timeout_at: '2099-01-01T00:00:00Z',
    lease_token: crypto.randomUUID(),
  });
  assert.deepEqual(await escalatedIds(sql), [id]);
});

databaseTest(
  'get_jobs_needing_escalation: what went well or was given up needs nobody',
  async (sql) => {
    await ended(sql, 'completed', { retry_count: 5 });
    await ended(sql, 'cancelled', { retry_count: 5 });
    await insertJob(sql);
    assert.deepEqual(await escalatedIds(sql), []);
  },
);

databaseTest('get_jobs_needing_escalation: a type may switch it off', async (sql) => {
  await insertPolicy(sql, { escalation_enabled: false });
  await ended(sql, 'permanently_failed');
  await waiting(sql, 9);
  assert.deepEqual(await escalatedIds(sql), []);
});

databaseTest(
  'get_jobs_needing_escalation: a type without a policy follows default',
  async (sql) => {
    const id = await waiting(sql, 3, { job_type: 'a type nobody knows' });
    assert.deepEqual(await escalatedIds(sql), [id]);
    await sql`
    update puppet_job_retry_config set escalation_threshold = 4 where job_type = 'default'
  `;
    assert.deepEqual(await escalatedIds(sql), []);
  },
);

databaseTest('get_jobs_needing_escalation: newest first, as many as asked for', async (sql) => {
  const older = await waiting(sql, 3, { last_attempt_at: '2026-01-02T00:00:00Z' });
  const newest = await waiting(sql, 3, { last_attempt_at: '2026-01-04T00:00:00Z' });
  // Its deadline passed before its first attempt.
  const neverTried = await ended(sql, 'permanently_failed', {
    completed_at: '2026-01-03T00:00:00Z',
  });
  assert.deepEqual(await escalatedIds(sql), [newest, neverTried, older]);
  assert.deepEqual((await escalated(sql, 1)).map((job) => job.job_id), [newest]);
});

databaseTest(
  'get_jobs_needing_escalation: what failed for good counts from its end, even after long work',
  async (sql) => {
    const tried = await waiting(sql, 3, { last_attempt_at: '2026-01-02T00:00:00Z' });
    const failed = await ended(sql, 'permanently_failed', {
      last_attempt_at: '2026-01-01T00:00:00Z',
      completed_at: '2026-01-03T00:00:00Z',
    });
    assert.deepEqual(await escalatedIds(sql), [failed, tried]);
    assert.deepEqual((await escalated(sql, 1)).map((job) => job.job_id), [failed]);
  },
);

databaseTest(
  'get_jobs_needing_escalation: a type that is switched off hides none of the others',
  async (sql) => {
    const id = await ended(sql, 'permanently_failed', { job_type: 'other_job' });
    await insertPolicy(sql, { escalation_enabled: false });
    for (let n = 0; n < 3; n++) {
      await ended(sql, 'permanently_failed', { completed_at: '2026-03-01T00:00:00Z' });
    }
    assert.deepEqual((await escalated(sql, 1)).map((job) => job.job_id), [id]);
  },
);

databaseTest('get_jobs_needing_escalation: what is completed is not read', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, status, final_status, completed_at)
    select gen_random_uuid(), 'completed', 'completed', now() from generate_series(1, 20000)
  `;
  await sql`analyze puppet_jobs`;
  const failed = await ended(sql, 'permanently_failed');
  const stuck = await waiting(sql, 3, { last_attempt_at: '2026-01-02T00:00:00Z' });
  const before = await jobsRead(sql);
  assert.deepEqual(await escalatedIds(sql), [failed, stuck]);
  assert.ok(await jobsRead(sql) - before < 100);
});

databaseTest(
  'get_jobs_needing_escalation: what failed of a type that is switched off is not read',
  async (sql) => {
    await insertPolicy(sql, { job_type: 'silent_job', escalation_enabled: false });
    await sql`
    insert into puppet_jobs (user_id, job_type, status, final_status, stop_reason, completed_at)
    select gen_random_uuid(), 'silent_job', 'permanently_failed', 'permanently_failed',
      'max_retries_reached', now()
    from generate_series(1, 20000)
  `;
    await sql`analyze puppet_jobs`;
    const failed = await ended(sql, 'permanently_failed');
    const before = await jobsRead(sql);
    assert.deepEqual(await escalatedIds(sql), [failed]);
    assert.ok(await jobsRead(sql) - before < 100);
  },
);

/** How many rows of jobs the transaction has read, in whatever way. */
async function jobsRead(sql: Sql): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select (seq_tup_read + idx_tup_fetch)::int as rows
    from pg_stat_xact_user_tables
    where relname = 'puppet_jobs'
  `;
  return row!.rows;
}

databaseTest('get_jobs_needing_escalation: limits that make no sense are refused', async (sql) => {
  for (const limit of [0, -1, 1001, null]) {
    const refused = await refusal(sql, (s) => s`select get_jobs_needing_escalation(${limit})`);
    assert.equal(refused.code, 'PT400');
    assert.ok(refused.hint);
  }
});
