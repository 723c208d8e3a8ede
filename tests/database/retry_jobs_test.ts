import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { claim, insertJob, jobRow, OTHER_OWNER, OWNER } from './jobs.ts';
import { setColumns } from './lifecycle.ts';
import { retryJobs } from './retry_jobs.ts';

const HOUR = 3_600_000;
const CAMPAIGN = '00000000-0000-4000-8000-00000000ca3b';
const OLD = new Date('2026-01-01T00:00:00.000Z');

/** A job that failed for good at a known time, unless columns say otherwise. */
async function endedJob(sql: Sql, columns: Record<string, unknown> = {}): Promise<string> {
  const status = columns.status ?? 'permanently_failed';
  return await insertJob(sql, {
    status,
    final_status: status,
    stop_reason: 'error_not_retryable',
    last_error_type: 'permission',
    completed_at: OLD,
    retry_count: 3,
    crash_count: 2,
    ...columns,
  });
}

/** Jobs that ended a second apart, oldest first; the last of them was inserted first. */
async function endedJobs(sql: Sql, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let place = count; place > 0; place--) {
    ids.unshift(await endedJob(sql, { completed_at: new Date(OLD.getTime() + place * 1000) }));
  }
  return ids;
}

databaseTest(
  'retry_jobs: a dry run counts, shows ten, oldest first, and changes nothing',
  async (sql) => {
    const ids = await endedJobs(sql, 12);
    const before = await sql`select * from puppet_jobs order by id`;
    const answer = await retryJobs(sql, { job_type: 'test_job' });
    assert.deepEqual(
      { ...answer, sample: answer.sample.map((job) => job.job_id) },
      {
        dry_run: true,
        count: 12,
        limited: false,
        remaining: 0,
        sample: ids.slice(0, 10),
        changed: [],
      },
    );
    const { completed_at, ...first } = answer.sample[0]!;
    assert.deepEqual(first, {
      job_id: ids[0],
      job_type: 'test_job',
      stop_reason: 'error_not_retryable',
      last_error_type: 'permission',
    });
    assert.equal(Date.parse(completed_at), OLD.getTime() + 1000);
    assert.deepEqual([...await sql`select * from puppet_jobs order by id`], [...before]);
  },
);

databaseTest('retry_jobs: is a dry run unless told otherwise, null included', async (sql) => {
  const id = await endedJob(sql);
  const filter = JSON.stringify({ job_ids: [id] });
  await sql`select retry_jobs(${filter}::text::jsonb)`;
  await sql`select retry_jobs(${filter}::text::jsonb, 0, null)`;
  assert.equal((await jobRow(sql, id)).status, 'permanently_failed');
});

databaseTest('retry_jobs: nothing found is an answer', async (sql) => {
  for (const dryRun of [true, false]) {
    const answer = await retryJobs(sql, { job_type: 'unheard_of' }, { dryRun });
    const nothing = { count: 0, limited: false, remaining: 0, sample: [], changed: [] };
    assert.deepEqual(answer, { dry_run: dryRun, ...nothing });
  }
});

databaseTest('retry_jobs: each job is retried as retry_job does it', async (sql) => {
  const bulk = await endedJob(sql);
  const single = await endedJob(sql);
  const answer = await retryJobs(sql, { job_ids: [bulk] }, { dryRun: false });
  assert.deepEqual([answer.count, answer.changed], [1, [bulk]]);
  await sql`select retry_job(${single}, 'bulk_retry')`;
  const stateOf = async (id: string) => {
    const { id: _id, next_retry_at, ...rest } = await jobRow(sql, id);
    assert.ok(Math.abs(next_retry_at!.getTime() - Date.now()) < 60_000);
    const times = ['created_at', 'updated_at', 'retry_window_started_at'];
    return Object.fromEntries(Object.entries(rest).filter(([column]) => !times.includes(column)));
  };
  assert.deepEqual(await stateOf(bulk), await stateOf(single));
  const { status, final_status, retry_count, crash_count } = await jobRow(sql, bulk);
  assert.deepEqual([status, final_status, retry_count, crash_count], ['queued', 'failed', 0, 0]);
  const claimed = await claim(sql);
  assert.deepEqual(claimed.map((job) => job.is_retry), [true, true]);
});

databaseTest('retry_jobs: cancelled jobs too, if asked for', async (sql) => {
  const failed = await endedJob(sql);
  const cancelled = await endedJob(sql, { status: 'cancelled', stop_reason: 'cancelled' });
  const found = async (filter: Record<string, unknown>) =>
    (await retryJobs(sql, { job_type: 'test_job', ...filter })).sample.map((job) => job.job_id);
  assert.deepEqual(await found({}), [failed]);
  assert.deepEqual(await found({ status: 'permanently_failed' }), [failed]);
  assert.deepEqual(await found({ status: 'cancelled' }), [cancelled]);
  const filter = { job_type: 'test_job', status: 'cancelled' };
  const answer = await retryJobs(sql, filter, { dryRun: false });
  assert.deepEqual(answer.changed, [cancelled]);
  assert.equal((await jobRow(sql, cancelled)).status, 'queued');
});

databaseTest(
  'retry_jobs: jobs that have not ended, or completed, are never among them',
  async (sql) => {
    const ids = [await insertJob(sql), await endedJob(sql, { status: 'completed' })];
    const held = {
      status: 'running',
      executing_by: 'executor',
      executing_at: new Date(),
      execution_timeout_at: new Date(),
      lease_token: crypto.randomUUID(),
    };
    ids.push(await insertJob(sql, held));
    const next_retry_at = new Date();
    ids.push(await insertJob(sql, { status: 'queued', final_status: 'failed', next_retry_at }));
    const answer = await retryJobs(sql, { job_ids: ids }, { dryRun: false });
    assert.deepEqual([answer.count, answer.changed], [0, []]);
  },
);

const FILTERS: [string, Record<string, unknown>, Record<string, unknown>][] = [
  ['job_type', { job_type: 'other_job' }, { job_type: 'other_job' }],
  ['error_type', { last_error_type: 'odd_error' }, { error_type: 'odd_error' }],
  ['stop_reason', { stop_reason: 'crash_limit_reached' }, { stop_reason: 'crash_limit_reached' }],
  ['user_id', { user_id: OTHER_OWNER }, { user_id: OTHER_OWNER }],
  ['campaign_id', { campaign_id: CAMPAIGN }, { campaign_id: CAMPAIGN }],
  ['ended_after', { completed_at: '2071-02-01' }, { ended_after: '2071-01-01T00:00:00Z' }],
  ['ended_before', { completed_at: '2001-01-01' }, { ended_before: '2001-02-01T00:00:00Z' }],
];

for (const [name, columns, filter] of FILTERS) {
  databaseTest(`retry_jobs: ${name} picks the jobs that it means`, async (sql) => {
    await endedJob(sql);
    const wanted = await endedJob(sql, columns);
    const answer = await retryJobs(sql, filter, { dryRun: false });
    assert.deepEqual(answer.changed, [wanted]);
  });
}

databaseTest(
  'retry_jobs: job_ids picks those; unknown ones and nonsense find nothing',
  async (sql) => {
    const [first, second] = await endedJobs(sql, 3);
    const job_ids = [first, second, crypto.randomUUID(), 'nonsense', first];
    const { sample } = await retryJobs(sql, { job_ids });
    assert.deepEqual(sample.map((job) => job.job_id), [first, second]);
    assert.equal((await retryJobs(sql, { job_ids: [] })).count, 0);
  },
);

databaseTest('retry_jobs: conditions hold together', async (sql) => {
  const both = await endedJob(sql, { last_error_type: 'odd_error', campaign_id: CAMPAIGN });
  await endedJob(sql, { last_error_type: 'odd_error' });
  await endedJob(sql, { campaign_id: CAMPAIGN });
  const { sample } = await retryJobs(sql, { error_type: 'odd_error', campaign_id: CAMPAIGN });
  assert.deepEqual(sample.map((job) => job.job_id), [both]);
});

databaseTest('retry_jobs: ended_after holds its time, ended_before does not', async (sql) => {
  const id = await endedJob(sql);
  const count = async (filter: Record<string, unknown>) =>
    (await retryJobs(sql, { job_ids: [id], ...filter })).count;
  const at = (ms: number) => new Date(OLD.getTime() + ms).toISOString();
  assert.equal(await count({ ended_after: at(0) }), 1);
  assert.equal(await count({ ended_after: at(1) }), 0);
  assert.equal(await count({ ended_before: at(0) }), 0);
  assert.equal(await count({ ended_before: at(1) }), 1);
});

databaseTest('retry_jobs: a condition that is null finds nothing, or is refused', async (sql) => {
  await endedJob(sql);
  for (const field of ['job_ids', 'job_type', 'error_type', 'user_id', 'ended_after', 'status']) {
    const filter = { [field]: null, stop_reason: 'error_not_retryable' };
    const found = await sql.savepoint((sql) => retryJobs(sql, filter))
      .then((answer) => answer.count, (error) => error.code);
    assert.ok(found === 0 || found === 'PT422', `${field}: ${found}`);
  }
});

databaseTest('retry_jobs: limit takes the oldest, in a dry run and in earnest', async (sql) => {
  const ids = await endedJobs(sql, 4);
  const filter = { job_type: 'test_job', limit: 2 };
  const { count, remaining } = await retryJobs(sql, filter);
  assert.deepEqual([count, remaining], [4, 2]);
  const first = await retryJobs(sql, filter, { dryRun: false });
  assert.deepEqual([first.count, first.remaining], [4, 2]);
  assert.deepEqual(first.changed.toSorted(), ids.slice(0, 2).toSorted());
  const second = await retryJobs(sql, filter, { dryRun: false });
  assert.deepEqual(second.changed.toSorted(), ids.slice(2).toSorted());
});

databaseTest('retry_jobs: due times are spread evenly from now on', async (sql) => {
  const ids = await endedJobs(sql, 5);
  const before = Date.now();
  await retryJobs(sql, { job_ids: ids }, { spread: 100, dryRun: false });
  const rows = await sql<{ due: Date }[]>`
    select next_retry_at as due from puppet_jobs where job_type = 'test_job' order by next_retry_at
  `;
  const start = rows[0]!.due.getTime();
  assert.ok(start >= before - 1000 && start <= Date.now() + 1000);
  assert.deepEqual(rows.map(({ due }) => Math.round((due.getTime() - start) / 1000)), [
    0,
    20,
    40,
    60,
    80,
  ]);
});

databaseTest('retry_jobs: the retry window of each begins when it is due', async (sql) => {
  const ids = await endedJobs(sql, 3);
  await retryJobs(sql, { job_ids: ids }, { spread: 900, dryRun: false });
  const [row] = await sql`
    select count(*)::int as jobs from puppet_jobs
    where id = any (${ids}) and next_retry_at <= retry_window_started_at
      and retry_window_started_at < next_retry_at + interval '10 seconds'
  `;
  assert.equal(row!.jobs, 3);
});

databaseTest('retry_jobs: without a spread all are due now', async (sql) => {
  const ids = await endedJobs(sql, 3);
  await retryJobs(sql, { job_ids: ids }, { dryRun: false });
  assert.equal((await claim(sql)).length, 3);
});

databaseTest('retry_jobs: jobs whose deadline has passed are left out', async (sql) => {
  const past = await endedJob(sql, { deadline_at: new Date(Date.now() - HOUR) });
  const coming = await endedJob(sql, { deadline_at: new Date(Date.now() + HOUR) });
  const answer = await retryJobs(sql, { job_ids: [past, coming] }, { dryRun: false });
  assert.deepEqual(answer.changed, [coming]);
  assert.equal((await jobRow(sql, past)).status, 'permanently_failed');
});

databaseTest('retry_jobs: nothing is spread to behind its own deadline', async (sql) => {
  const deadline_at = new Date(Date.now() + 60_000);
  const ids = [];
  for (let place = 0; place < 6; place++) ids.push(await endedJob(sql, { deadline_at }));
  const answer = await retryJobs(sql, { job_ids: ids }, { spread: 3600, dryRun: false });
  const late = await sql`select id from puppet_jobs where next_retry_at >= deadline_at`;
  assert.deepEqual([...late], []);
  assert.ok(answer.changed.length > 0);
});

databaseTest(
  'retry_jobs: a late word of the old attempt has no say in the new run',
  async (sql) => {
    const id = await endedJob(sql, { retry_enabled: false });
    const token = crypto.randomUUID();
    await setColumns(sql, id, { lease_token: token });
    await retryJobs(sql, { job_ids: [id] }, { dryRun: false });
    const outcome = JSON.stringify([{ job_id: id, lease_token: token, outcome: 'completed' }]);
    const [row] = await sql`select settle_jobs('executor', ${outcome}::text::jsonb) as settled`;
    assert.equal(row!.settled[0].accepted, false);
    assert.equal((await jobRow(sql, id)).status, 'queued');
  },
);

databaseTest('retry_jobs: the service and admins may, on the jobs of all', async (sql) => {
  const ids = [await endedJob(sql), await endedJob(sql, { user_id: OTHER_OWNER })];
  await actAs(sql, 'service_role');
  assert.equal((await retryJobs(sql, { job_ids: ids })).count, 2);
  await actAs(sql, 'none');
  const admin = { sub: crypto.randomUUID(), app_metadata: { puppet_admin: true } };
  await actAs(sql, 'authenticated', admin);
  assert.equal((await retryJobs(sql, { job_ids: ids }, { dryRun: false })).changed.length, 2);
});

databaseTest(
  'retry_jobs: 403 for owners, even on their own, and for who only looks an admin',
  async (sql) => {
    const id = await endedJob(sql);
    const people = [
      { sub: OWNER },
      { sub: OWNER, user_metadata: { puppet_admin: true } },
      { sub: OWNER, app_metadata: { puppet_admin: 'true' } },
      {},
    ];
    for (const claims of people) {
      await actAs(sql, 'none');
      await actAs(sql, 'authenticated', claims);
      for (const dryRun of [true, false]) {
        const error = await refusal(sql, (sql) => retryJobs(sql, { job_ids: [id] }, { dryRun }));
        assert.equal(error.code, 'PT403', JSON.stringify(claims));
        assert.ok(error.hint);
      }
    }
    await actAs(sql, 'none');
    await actAs(sql, 'anon');
    const error = await refusal(sql, (sql) => retryJobs(sql, { job_ids: [id] }));
    assert.equal(error.code, '42501');
  },
);
