import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { explain, setTime, verdictOf } from './explain.ts';
import { claimedJob, insertJob } from './jobs.ts';
import { cancel } from './lifecycle.ts';
import { prepareTicks } from './ticks.ts';

databaseTest('explain_job: a running job is held by a lease, to the second', async (sql) => {
  const { job_id } = await claimedJob(sql);
  await sql`
    update puppet_jobs set execution_timeout_at = '2099-03-04T05:06:07.9Z' where id = ${job_id}
  `;
  const [verdict, text] = await verdictOf(sql, job_id, 'lease');
  assert.equal(verdict, 'holds');
  assert.match(
    text,
    /^held: lease of executor executor until 2099-03-04 05:06:07 UTC \(.+ more\)$/,
  );
  assert.equal((await explain(sql, job_id)).summary, text);
});

databaseTest('explain_job: a running job shows its lease, policy and budget', async (sql) => {
  const { job_id } = await claimedJob(sql);
  const explanation = await explain(sql, job_id);
  const names = explanation.rules.map(({ rule }) => rule);
  assert.equal(names[0], 'lease');
  for (const name of ['policy', 'budget']) assert.ok(names.includes(name), name);
  assert.equal(explanation.delay, null);
});

databaseTest('explain_job: a lease that ran out waits for the tick that rescues', async (sql) => {
  const { job_id } = await claimedJob(sql);
  await setTime(sql, job_id, 'execution_timeout_at', -90);
  const text = 'held: the lease of executor executor ended 90 s ago; the next tick rescues the job';
  assert.deepEqual(await verdictOf(sql, job_id, 'lease'), ['holds', text]);
});

databaseTest('explain_job: a running job that is to be cancelled says so', async (sql) => {
  const { job_id } = await claimedJob(sql);
  await cancel(sql, job_id);
  await setTime(sql, job_id, 'cancel_requested_at', -45);
  const [verdict, text] = await verdictOf(sql, job_id, 'cancel');
  assert.equal(verdict, 'ends');
  assert.match(text, /^a cancel was asked for 45 s ago\b/);
});

/** A job of a handled type that is due since so many seconds. */
async function dueSince(sql: Sql, seconds: number): Promise<string> {
  await prepareTicks(sql);
  const id = await insertJob(sql);
  await setTime(sql, id, 'scheduled_at', -seconds);
  return id;
}

async function insertReceipt(
  sql: Sql,
  { created, started = null, error = null }: {
    created: number;
    started?: number | null;
    error?: string | null;
  },
): Promise<void> {
  await sql`
    insert into puppet_tick_receipts (created_at, started_at, error)
    values (
      clock_timestamp() - make_interval(secs => ${created}),
      clock_timestamp() - make_interval(secs => ${started}::int),
      ${error})
  `;
}

databaseTest('explain_job: a job due just now waits for the next tick, unheld', async (sql) => {
  const id = await dueSince(sql, 60);
  const text = 'due just now: the next tick calls a processor';
  assert.deepEqual(await verdictOf(sql, id, 'tick'), ['lets_go', text]);
});

databaseTest('explain_job: no tick since the job was due holds it', async (sql) => {
  const id = await dueSince(sql, 600);
  await insertReceipt(sql, { created: 700, started: 699 });
  const [verdict, text] = await verdictOf(sql, id, 'tick');
  assert.equal(verdict, 'holds');
  assert.match(text, /^no tick has called a processor since the job was due: .*puppet-retry-tick/);
  assert.equal((await explain(sql, id)).summary, text);
});

databaseTest('explain_job: a tick that could not call says why', async (sql) => {
  const id = await dueSince(sql, 600);
  await insertReceipt(sql, { created: 100, error: "Vault has no secret named 'x'" });
  const text = "the tick could not call: Vault has no secret named 'x'";
  assert.deepEqual(await verdictOf(sql, id, 'tick'), ['holds', text]);
});

databaseTest('explain_job: a call that nobody answered holds it', async (sql) => {
  const id = await dueSince(sql, 600);
  await insertReceipt(sql, { created: 300, error: 'an older error' });
  await insertReceipt(sql, { created: 90 });
  const [verdict, text] = await verdictOf(sql, id, 'tick');
  assert.equal(verdict, 'holds');
  assert.match(text, /^the tick called 90 s ago and nobody has answered: .*puppet_processor_url/);
});

databaseTest('explain_job: a call that was answered lets it go', async (sql) => {
  const id = await dueSince(sql, 600);
  await insertReceipt(sql, { created: 100, started: 99 });
  await insertReceipt(sql, { created: 90 });
  assert.deepEqual(
    await verdictOf(sql, id, 'tick'),
    ['lets_go', "a tick's call was answered 99 s ago"],
  );
});

databaseTest('explain_job: an answer of long ago hides no calls that are lost now', async (sql) => {
  const id = await dueSince(sql, 7200);
  await insertReceipt(sql, { created: 3600, started: 3599 });
  for (const created of [240, 170, 100]) await insertReceipt(sql, { created });
  const [verdict, text] = await verdictOf(sql, id, 'tick');
  assert.equal(verdict, 'holds');
  assert.match(text, /^the tick called 100 s ago and nobody has answered: /);
  assert.equal((await explain(sql, id)).summary, text);
});

databaseTest('explain_job: ticks that come seldom are waited for so long', async (sql) => {
  const id = await dueSince(sql, 7200);
  await insertReceipt(sql, { created: 280, started: 279 });
  const schedules = ['10 seconds', '* * * * *', '*/5 * * * *', '0 3 * * *'];
  const verdicts = [];
  for (const schedule of schedules) {
    await sql`update puppet_private.settings set tick_schedule = ${schedule}`;
    verdicts.push((await verdictOf(sql, id, 'tick'))[0]);
  }
  assert.deepEqual(verdicts, ['holds', 'holds', 'lets_go', 'lets_go']);
});

databaseTest('explain_job: ticks that stopped hold it, however the last ended', async (sql) => {
  const id = await dueSince(sql, 7200);
  for (const last of [{ started: 2399 }, { error: 'an old error' }, {}]) {
    await sql`delete from puppet_tick_receipts`;
    await insertReceipt(sql, { created: 2400, ...last });
    const [verdict, text] = await verdictOf(sql, id, 'tick');
    assert.equal(verdict, 'holds');
    assert.match(text, /^no tick has called a processor for 40 min: .*puppet-retry-tick active\?$/);
  }
});

databaseTest(
  'explain_job: ticks are not asked of a job that is not due or not handled',
  async (sql) => {
    const id = await dueSince(sql, -600);
    const unhandled = await insertJob(sql, { job_type: 'unheard_of' });
    await setTime(sql, unhandled, 'scheduled_at', -600);
    for (const job of [id, unhandled]) {
      const { rules } = await explain(sql, job);
      assert.ok(!rules.some(({ rule }) => rule === 'tick'));
    }
  },
);
