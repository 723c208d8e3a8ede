import assert from 'node:assert/strict';
import { actAs, databaseTest, type Sql } from './database.ts';
import { claimedJob, expireLease, historyOf, insertJob, jobRow } from './jobs.ts';
import {
  insertDueJobs,
  prepareTicks,
  PROCESSOR_SECRET,
  PROCESSOR_URL,
  queuedCall,
  receipts,
  signature,
  tick,
} from './ticks.ts';
import { setSecrets } from './vault.ts';

async function queueLength(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from net.http_request_queue
  `;
  return row!.count;
}

databaseTest('tick: with nothing due there is no call and no receipt', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql, { scheduled_at: '2099-01-01T00:00:00Z' });
  const before = await queueLength(sql);
  const result = await tick(sql);
  assert.equal(result.calls, 0);
  assert.equal(result.due, 0);
  assert.equal(result.error, null);
  assert.equal((await receipts(sql)).length, 0);
  assert.equal(await queueLength(sql), before);
});

databaseTest('tick: for due jobs that nobody handles there is no call', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql, { job_type: 'other_job' });
  assert.equal((await tick(sql)).calls, 0);
  assert.equal((await receipts(sql)).length, 0);
});

databaseTest('tick: a due job that somebody handles wakes the processor once', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql);
  const result = await tick(sql);
  assert.equal(result.calls, 1);
  assert.equal(result.due, 1);
  const [receipt, none] = await receipts(sql);
  assert.equal(none, undefined);
  assert.equal(receipt!.error, null);
  assert.equal(receipt!.started_at, null);
  const call = await queuedCall(sql, receipt!);
  assert.equal(call.method, 'POST');
  assert.equal(call.url, PROCESSOR_URL);
  assert.ok(call.timeout_milliseconds > 0);
});

databaseTest('tick: a due retry and a due queued job wake the processor too', async (sql) => {
  for (const final_status of [null, 'failed']) {
    await prepareTicks(sql);
    const next_retry_at = '2026-01-01T00:00:00Z';
    const id = await insertJob(sql, { status: 'queued', final_status, next_retry_at });
    assert.equal((await tick(sql)).calls, 1, String(final_status));
    await sql`delete from puppet_jobs where id = ${id}`;
  }
});

databaseTest('tick: a call is signed over its receipt and its time', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql);
  await tick(sql);
  const [receipt] = await receipts(sql);
  const { headers } = await queuedCall(sql, receipt!);
  assert.equal(headers['puppet-receipt'], receipt!.id);
  const timestamp = headers['puppet-timestamp']!;
  const [row] = await sql`
    select abs(extract(epoch from clock_timestamp()) - ${timestamp}::bigint) < 5 as fresh
  `;
  assert.equal(row!.fresh, true);
  const expected = await signature(receipt!.id, timestamp);
  assert.equal(headers['puppet-signature'], `v1,${expected}`);
});

databaseTest('tick: the secret is nowhere in the queued call', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql);
  await tick(sql);
  const { whole } = await queuedCall(sql, (await receipts(sql))[0]!);
  const forms = [PROCESSOR_SECRET, btoa(PROCESSOR_SECRET)];
  const bytes = new TextEncoder().encode(PROCESSOR_SECRET);
  forms.push(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''));
  for (const form of forms) assert.ok(!whole.toLowerCase().includes(form.toLowerCase()));
});

databaseTest('tick: it works for postgres and the service role', async (sql) => {
  for (const role of ['postgres', 'service_role'] as const) {
    await actAs(sql, 'none');
    await prepareTicks(sql);
    await insertJob(sql);
    await actAs(sql, role);
    assert.equal((await tick(sql)).calls, 1, role);
  }
});

databaseTest('tick: a missing secret or URL is a receipt that says so in words', async (sql) => {
  for (const name of ['puppet_processor_secret', 'puppet_processor_url']) {
    for (const value of [null, '']) {
      await prepareTicks(sql);
      await setSecrets(sql, { [name]: value });
      await insertDueJobs(sql, 1);
      const before = await queueLength(sql);
      const result = await tick(sql);
      assert.equal(result.calls, 0);
      assert.match(result.error!, new RegExp(name));
      const [receipt, none] = await receipts(sql);
      assert.equal(none, undefined);
      assert.match(receipt!.error!, new RegExp(`Vault.*${name}`));
      assert.equal(receipt!.request_id, null);
      assert.equal(await queueLength(sql), before);
    }
  }
});

databaseTest('tick: any failure of the call is kept in the receipt', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql);
  await sql`alter table net.http_request_queue add constraint full_today check (false) not valid`;
  const result = await tick(sql);
  assert.equal(result.calls, 0);
  const [receipt] = await receipts(sql);
  assert.match(receipt!.error!, /full_today/);
});

databaseTest(
  'tick: by force it calls once with nothing due, unless it is disarmed',
  async (sql) => {
    await prepareTicks(sql);
    const force = async () => {
      const [row] = await sql`select tick_retry_processor(p_force => true) as tick`;
      return [row!.tick.due, row!.tick.calls];
    };
    assert.deepEqual(await force(), [0, 1]);
    assert.deepEqual(await force(), [0, 1]);
    assert.equal((await receipts(sql)).length, 2);
    await sql`update puppet_private.settings set armed_for = null`;
    assert.deepEqual(await force(), [0, 0]);
  },
);

databaseTest('tick: it rescues expired leases while no processor runs', async (sql) => {
  await prepareTicks(sql);
  const job = await claimedJob(sql, { job_type: 'other_job' });
  await expireLease(sql, job.job_id);
  const result = await tick(sql);
  assert.ok(result.rescued! >= 1);
  const row = await jobRow(sql, job.job_id);
  assert.deepEqual([row.status, row.final_status], ['queued', 'failed']);
  assert.equal((await historyOf(sql, job.job_id))[0]!.error_type, 'lease_expired');
});

databaseTest('tick: it ends waiting jobs whose deadline has passed', async (sql) => {
  await prepareTicks(sql);
  const deadline_at = '2026-01-01T00:00:00Z';
  const next_retry_at = '2099-01-01T00:00:00Z';
  const ids = [
    await insertJob(sql, { deadline_at }),
    await insertJob(sql, { deadline_at, job_type: 'other_job' }),
    await insertJob(sql, { deadline_at, status: 'queued', final_status: 'failed', next_retry_at }),
  ];
  const alive = await insertJob(sql, { deadline_at: '2099-01-01T00:00:00Z' });
  const result = await tick(sql);
  assert.ok(result.ended! >= 3);
  assert.equal(result.due, 1);
  for (const id of ids) {
    const row = await jobRow(sql, id);
    assert.deepEqual(
      [row.status, row.final_status, row.stop_reason, row.next_retry_at],
      ['permanently_failed', 'permanently_failed', 'deadline_passed', null],
    );
    assert.ok(row.completed_at);
    assert.equal((await historyOf(sql, id)).length, 0);
  }
  assert.equal((await jobRow(sql, alive)).status, 'pending');
});

databaseTest('tick: a running job past its deadline is not ended by it', async (sql) => {
  await prepareTicks(sql);
  const job = await claimedJob(sql);
  await sql`
    update puppet_jobs set deadline_at = now() - interval '1 second' where id = ${job.job_id}
  `;
  await tick(sql);
  assert.equal((await jobRow(sql, job.job_id)).status, 'running');
});

/** What the tick does first, each by a function of its own. */
const RESCUE = 'public.rescue_expired_jobs(p_limit int default 100)';
const END = 'puppet_private.end_overdue_jobs(p_limit int)';

async function breakFunction(sql: Sql, signature: string, message: string): Promise<void> {
  await sql.unsafe(`
    create or replace function ${signature} returns int
    language plpgsql as $$ begin raise exception '${message}'; end $$
  `);
}

databaseTest('tick: it calls processors even when its rescue fails', async (sql) => {
  await prepareTicks(sql);
  await insertDueJobs(sql, 1);
  await breakFunction(sql, RESCUE, 'broken');
  const { calls, rescued, error } = await tick(sql);
  assert.deepEqual([calls, rescued, error], [1, null, 'broken']);
});

databaseTest('tick: jobs are ended even when the rescue fails', async (sql) => {
  await prepareTicks(sql);
  const id = await insertJob(sql, { deadline_at: '2026-01-01T00:00:00Z' });
  await breakFunction(sql, RESCUE, 'broken');
  assert.ok((await tick(sql)).ended! >= 1);
  assert.equal((await jobRow(sql, id)).stop_reason, 'deadline_passed');
});

databaseTest('tick: what was rescued stays so where ending jobs fails', async (sql) => {
  await prepareTicks(sql);
  const { job_id } = await claimedJob(sql, { job_type: 'other_job' });
  await expireLease(sql, job_id);
  await breakFunction(sql, END, 'broken');
  const { rescued, ended, error } = await tick(sql);
  assert.deepEqual([rescued! >= 1, ended, error], [true, null, 'broken']);
  assert.equal((await jobRow(sql, job_id)).status, 'queued');
});

databaseTest('tick: where both fail, it tells of both', async (sql) => {
  await prepareTicks(sql);
  await breakFunction(sql, RESCUE, 'no rescue');
  await breakFunction(sql, END, 'no end');
  assert.equal((await tick(sql)).error, 'no rescue; no end');
});
