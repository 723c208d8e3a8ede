import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { insertJob, OTHER_OWNER, OWNER } from './jobs.ts';
import { allPages, page } from './lists.ts';

/** Jobs that failed for good, one a minute, the latest first, each with the columns given. */
async function ended(sql: Sql, columns: Record<string, unknown>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [n, one] of columns.entries()) {
    const status = one.status ?? 'permanently_failed';
    const completed_at = new Date(Date.UTC(2071, 0, 1, 12, n));
    ids.unshift(
      await insertJob(sql, { status, final_status: status, completed_at, ...one }),
    );
  }
  return ids;
}

/** Jobs that wait for a retry in so many hours, the latest first. */
async function waiting(sql: Sql, columns: Record<string, unknown>[]): Promise<string[]> {
  const ids: string[] = [];
  for (const [n, one] of columns.entries()) {
    const next_retry_at = new Date(Date.now() + n * 3_600_000);
    const state = { status: 'queued', final_status: 'failed' };
    ids.unshift(await insertJob(sql, { ...state, next_retry_at, ...one }));
  }
  return ids;
}

const FAR = { p_start: '2071-01-01T00:00:00Z' };

for (const type of [null, 'test_job']) {
  databaseTest(`list_failed_jobs: the last ended first, type ${type}`, async (sql) => {
    const ids = await ended(sql, Array(7).fill({}));
    await ended(sql, [{ status: 'cancelled' }, { status: 'completed' }]);
    const filter = { ...FAR, p_job_type: type };
    const first = await page(sql, 'list_failed_jobs', { ...filter, p_limit: 3 });
    assert.deepEqual(first.ids, ids.slice(0, 3));
    assert.deepEqual(await allPages(sql, 'list_failed_jobs', { ...filter, p_limit: 3 }), ids);
  });

  databaseTest(`list_failed_jobs: the latest retry first, type ${type}`, async (sql) => {
    const ids = await waiting(sql, [
      { priority: 3 },
      { priority: 9 },
      { priority: 3 },
      { priority: 1 },
    ]);
    await insertJob(sql, { scheduled_at: new Date(Date.now() + 9e6) });
    const filter = { p_status: 'failed', p_job_type: type };
    assert.deepEqual((await page(sql, 'list_failed_jobs', filter)).ids, ids);
    assert.deepEqual(await allPages(sql, 'list_failed_jobs', { ...filter, p_limit: 1 }), ids);
  });
}

databaseTest('list_failed_jobs: retries of several types mix, at equal times too', async (sql) => {
  const next_retry_at = new Date(Date.now() + 60_000);
  const types = ['one', 'two', 'one', 'three', 'two'];
  const ids = await waiting(sql, types.map((job_type) => ({ job_type, next_retry_at })));
  const filter = { p_status: 'failed', p_limit: 2 };
  assert.deepEqual(await allPages(sql, 'list_failed_jobs', filter), ids.sort().reverse());
});

databaseTest('list_failed_jobs: each filter keeps what meets it', async (sql) => {
  for (const make of [ended, waiting]) {
    const [b, a] = await make(sql, [
      { retry_count: 4, last_error_type: 'network' },
      { retry_count: 6, last_error_type: 'timeout' },
    ]);
    const status = make === ended ? { ...FAR } : { p_status: 'failed' };
    const found = async (args: Record<string, string | number>) =>
      (await page(sql, 'list_failed_jobs', { ...status, ...args })).ids;
    assert.deepEqual(await found({ p_error_type: 'network' }), [a]);
    assert.deepEqual(await found({ p_min_retry_count: 5 }), [b]);
    assert.deepEqual(await found({ p_max_retry_count: 5 }), [a]);
    assert.deepEqual(await found({ p_min_retry_count: 4, p_max_retry_count: 4 }), [a]);
    assert.deepEqual(await found({ p_min_retry_count: 7, p_max_retry_count: 4 }), []);
    assert.deepEqual(await found({ p_max_retry_count: 2_147_483_647 }), [b, a]);
    assert.deepEqual(await found({ p_job_type: 'other' }), []);
  }
});

databaseTest('list_failed_jobs: a page looks at 5,000 jobs and leads on', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, status, final_status, completed_at, retry_count)
    select ${OWNER}, 'cancelled', 'cancelled', timestamptz '2071-01-01' + n * interval '1 second', n
    from generate_series(1, 5001) n
  `;
  const filter = { ...FAR, p_status: 'cancelled', p_max_retry_count: 1 };
  const { ids, next } = await page(sql, 'list_failed_jobs', filter);
  assert.deepEqual(ids, []);
  assert.ok(next);
  const behind = { ...filter, p_after_at: next.at, p_after_id: next.id };
  const last = await page(sql, 'list_failed_jobs', behind);
  assert.equal(last.ids.length, 1);
  assert.equal(last.next, null);
});

databaseTest('list_failed_jobs: new jobs that wait are not all read for a page', async (sql) => {
  await sql`
    insert into puppet_jobs (user_id, job_type, scheduled_at)
    select ${OWNER}, 'test_job', timestamptz '2071-01-01' + n * interval '1 second'
    from generate_series(1, 5001) n
  `;
  const [later, first] = await waiting(sql, [{}, { priority: 9 }]);
  const filter = { p_status: 'failed', p_job_type: 'test_job' };
  const { ids, next } = await page(sql, 'list_failed_jobs', filter);
  assert.deepEqual(ids, []);
  const behind = { ...filter, p_after_at: next!.at, p_after_id: next!.id };
  assert.deepEqual(await page(sql, 'list_failed_jobs', behind), {
    ids: [later, first],
    next: null,
  });
});

databaseTest('list_failed_jobs: however little is looked at, nothing is left out', async (sql) => {
  await sql`delete from puppet_jobs`;
  await sql.unsafe(`
    create or replace function puppet_private.rows_looked_at() returns int
    language sql immutable set search_path = '' as 'select 8'`);
  await sql`select setseed(0.4)`;
  await sql`
    insert into puppet_jobs (user_id, job_type, priority, status, final_status, scheduled_at,
      next_retry_at, last_error_type)
    select ${OWNER}, 'type_' || kind.type, kind.priority,
      case when kind.retry then 'queued' else 'pending' end,
      case when kind.retry then 'failed' end, kind.at, case when kind.retry then kind.at end,
      case when kind.retry then 'network' end
    from generate_series(1, 600) n
    cross join lateral (
      select n, floor(random() * 3) as type, 1 + floor(random() * 3) as priority,
        random() < 0.3 as retry,
        timestamptz '2071-01-01' + floor(random() * 100) * interval '1 second' as at
    ) kind
  `;
  const rows = await sql<{ id: string }[]>`
    select id from puppet_jobs where final_status = 'failed' order by next_retry_at desc, id desc
  `;
  const ids = rows.map(({ id }) => id);
  assert.ok(ids.length > 100);
  for (const p_limit of [1, 3, 10, 200]) {
    const filter = { p_status: 'failed', p_limit };
    assert.deepEqual(await allPages(sql, 'list_failed_jobs', filter), ids);
    const none = { ...filter, p_error_type: 'timeout' };
    assert.deepEqual(await allPages(sql, 'list_failed_jobs', none), []);
  }
});

databaseTest(
  "list_failed_jobs: a page of an owner's type looks at 5,000 of their jobs",
  async (sql) => {
    const [wanted] = await ended(sql, [{ completed_at: '2071-01-01T00:00:00Z' }]);
    await sql`
      insert into puppet_jobs (user_id, job_type, status, final_status, completed_at)
      select ${OWNER}, 'other_job', 'permanently_failed', 'permanently_failed',
        timestamptz '2071-01-01' + n * interval '1 second'
      from generate_series(1, 5000) n
    `;
    await actAs(sql, 'authenticated', { sub: OWNER });
    const filter = { ...FAR, p_job_type: 'test_job' };
    const { ids, next } = await page(sql, 'list_failed_jobs', filter);
    assert.deepEqual(ids, []);
    const behind = { ...filter, p_after_at: next!.at, p_after_id: next!.id };
    assert.deepEqual(await page(sql, 'list_failed_jobs', behind), { ids: [wanted], next: null });
  },
);

databaseTest('list_failed_jobs: owners see their own', async (sql) => {
  const [theirs] = await ended(sql, [{ user_id: OTHER_OWNER }]);
  await ended(sql, [{}]);
  const [wait] = await waiting(sql, [{ user_id: OTHER_OWNER }]);
  await waiting(sql, [{}]);
  await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  assert.deepEqual((await page(sql, 'list_failed_jobs', FAR)).ids, [theirs]);
  assert.deepEqual((await page(sql, 'list_failed_jobs', { p_status: 'failed' })).ids, [wait]);
  await actAs(sql, 'authenticated', {});
  assert.deepEqual((await page(sql, 'list_failed_jobs', FAR)).ids, []);
  assert.deepEqual((await page(sql, 'list_failed_jobs', { p_status: 'failed' })).ids, []);
});

databaseTest('list_failed_jobs: what makes no sense is refused with what to do', async (sql) => {
  const wrong = [{ p_limit: 0 }, { p_limit: 1001 }, { p_status: 'running' }, { p_status: null }];
  for (const args of wrong) {
    const error = await refusal(
      sql,
      async (sql) => await page(sql, 'list_failed_jobs', { ...args }),
    );
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
});
