import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { enqueue } from './enqueue.ts';
import { claim, claimedJob, historyOf, insertJob, insertPolicy, OWNER } from './jobs.ts';
import { failedJob, retry, settleOne } from './lifecycle.ts';

/** Times that Postgres takes and clients do not: five digits, none, long ago. */
const UNREADABLE = [
  '9999-12-31T23:59:59.9999999Z',
  '20000-01-01T00:00:00Z',
  '0044-03-15 00:00:00+00 BC',
  '1999-12-31T23:59:59Z',
  'infinity',
  '-infinity',
];

const JOB_TIMES = [
  'scheduled_at',
  'next_retry_at',
  'last_attempt_at',
  'cancel_requested_at',
  'deadline_at',
  'created_at',
  'updated_at',
];
const HISTORY_TIMES = ['attempted_at', 'next_retry_at', 'created_at'];

const YEARS_68 = 2_147_483_647;

async function insertAttempt(sql: Sql, columns: Record<string, unknown>): Promise<void> {
  const row = {
    job_id: await insertJob(sql),
    user_id: OWNER,
    job_type: 'test_job',
    attempt_number: 1,
    success: false,
    ...columns,
  };
  await sql`insert into puppet_job_retry_history ${sql(row)}`;
}

/** Inserts, with times as text: a Date holds none of these. */
async function assertRange(
  sql: Parameters<Parameters<typeof databaseTest>[1]>[0],
  column: string,
  insert: (sql: Sql, columns: Record<string, unknown>) => Promise<unknown>,
): Promise<void> {
  for (const time of UNREADABLE) {
    const error = await refusal(
      sql,
      (sql) => insert(sql, { [column]: sql`${time}::text::timestamptz` }),
    );
    assert.equal(error.code, '23514', `${column} ${time}`);
    assert.match(error.constraint_name ?? '', /from_2000_to_9999$/);
  }
  for (const time of ['2000-01-01T00:00:00Z', '9999-12-30T23:59:59.999999Z']) {
    await insert(sql, { [column]: sql`${time}::text::timestamptz` });
  }
}

for (const column of JOB_TIMES) {
  databaseTest(`puppet_jobs: ${column} is a time that clients can read`, async (sql) => {
    await assertRange(sql, column, insertJob);
  });
}

for (const column of HISTORY_TIMES) {
  databaseTest(`puppet_job_retry_history: ${column} is one too`, async (sql) => {
    await assertRange(sql, column, insertAttempt);
  });
}

databaseTest('puppet_jobs: the times of running and of ended jobs are too', async (sql) => {
  const { job_id } = await claimedJob(sql);
  for (const column of ['executing_at', 'execution_timeout_at', 'retry_window_started_at']) {
    const error = await refusal(
      sql,
      (sql) => sql`update puppet_jobs set ${sql(column)} = '20000-01-01Z' where id = ${job_id}`,
    );
    assert.match(error.constraint_name ?? '', /from_2000_to_9999$/);
  }
  const job = await failedJob(sql);
  const error = await refusal(sql, (sql) =>
    sql`
      update puppet_jobs
      set status = 'cancelled', final_status = 'cancelled', next_retry_at = null,
        completed_at = 'infinity'
      where id = ${job.job_id}
    `);
  assert.equal(error.constraint_name, 'times_are_from_2000_to_9999');
});

databaseTest(
  'puppet_jobs: an owner is told of the column, not of one that follows it',
  async (sql) => {
    await actAs(sql, 'authenticated', { sub: OWNER });
    for (const column of ['scheduled_at', 'deadline_at']) {
      const error = await refusal(sql, (sql) =>
        sql`
        insert into puppet_jobs (user_id, ${sql(column)}) values (${OWNER}, 'infinity')
      `);
      assert.equal(error.constraint_name, `${column}_is_from_2000_to_9999`);
    }
  },
);

databaseTest('enqueue_jobs: a time that clients cannot read is 422, and named', async (sql) => {
  for (const time of UNREADABLE) {
    for (const field of ['scheduled_at', 'deadline_at']) {
      const job = { user_id: OWNER, job_type: 'test_job', [field]: time };
      const error = await refusal(sql, (sql) => enqueue(sql, [job]));
      assert.equal(error.code, 'PT422', `${field} ${time}`);
      assert.match(error.message, new RegExp(`job 1: ${field} must be a time from 2000 to 9999`));
    }
  }
});

databaseTest('settle_jobs: the longest waits there are stay readable', async (sql) => {
  await insertPolicy(sql, {
    base_delay_seconds: YEARS_68,
    max_delay_seconds: YEARS_68,
    max_retry_after_seconds: YEARS_68,
    max_elapsed_seconds: YEARS_68,
    jitter_enabled: true,
    max_jitter_seconds: YEARS_68,
  });
  const year = new Date().getUTCFullYear();
  const waits: [string, Record<string, unknown>][] = [
    ['failed', {}],
    ['failed', { retry_after_seconds: 1e300 }],
    ['snoozed', { snooze_seconds: 1e300 }],
  ];
  for (const [outcome, more] of waits) {
    const job = await claimedJob(sql);
    // At the end of its window a job may wait for next to nothing, at its start for all of it.
    await sql`update puppet_jobs set retry_window_started_at = '9999-12-30' where id = ${job.job_id}`;
    const settled = await settleOne(sql, job, outcome, { error_type: 'network', ...more });
    assert.equal(settled.accepted, true);
    const next = new Date(settled.next_retry_at!).getUTCFullYear();
    assert.ok(next > year + 30 && next < year + 100, `${outcome}: ${settled.next_retry_at}`);
  }
});

databaseTest('settle_jobs: a job of the last day of time ends as any other', async (sql) => {
  const late = await claimedJob(sql);
  const [row] = await sql`
    update puppet_jobs
    set deadline_at = '9999-12-30T23:59:59Z', retry_window_started_at = '2000-01-01'
    where id = ${late.job_id}
    returning id
  `;
  assert.ok(row);
  await settleOne(sql, late, 'failed', { error_type: 'network' });
  await retry(sql, late.job_id);
  assert.equal((await claim(sql)).length, 1);
  assert.equal((await historyOf(sql, late.job_id)).length, 1);
});
