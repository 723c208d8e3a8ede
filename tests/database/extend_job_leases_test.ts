import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { claimedJob, expireLease, insertJob, jobRow } from './jobs.ts';
import { cancel, claimAgain, extend, failedJob, rescue, settleOne } from './lifecycle.ts';

/** Seconds that are left of the lease. */
async function secondsLeft(sql: Sql, id: string): Promise<number> {
  return ((await jobRow(sql, id)).execution_timeout_at!.getTime() - Date.now()) / 1000;
}

function assertAbout(actual: number, expected: number): void {
  assert.ok(actual > expected - 10 && actual <= expected + 1, `${actual} s, not ${expected} s`);
}

databaseTest('extend_job_leases: a lease ends so many seconds from now', async (sql) => {
  const job = await claimedJob(sql);
  const [answer] = await extend(sql, [job], 300);
  assertAbout(await secondsLeft(sql, job.job_id), 300);
  assert.deepEqual(answer, {
    job_id: job.job_id,
    held: true,
    cancel_requested: false,
    lease_expires_at: answer!.lease_expires_at,
  });
  const row = await jobRow(sql, job.job_id);
  assert.equal(Date.parse(answer!.lease_expires_at!), row.execution_timeout_at!.getTime());
  assert.equal(row.status, 'running');
  assert.equal(row.lease_token, job.lease_token);
  assert.equal(row.execution_attempts, 1);
});

databaseTest('extend_job_leases: a heartbeat never shortens a lease', async (sql) => {
  const job = await claimedJob(sql);
  await extend(sql, [job], 300);
  await extend(sql, [job], 10);
  assertAbout(await secondsLeft(sql, job.job_id), 300);
});

databaseTest('extend_job_leases: a lease is cut at the deadline', async (sql) => {
  const [{ deadline }] = await sql<[{ deadline: Date }]>`
    select date_trunc('second', now()) + interval '100 seconds' as deadline
  `;
  const job = await claimedJob(sql, { deadline_at: deadline });
  const [answer] = await extend(sql, [job], 300);
  assert.equal(answer!.held, true);
  assert.deepEqual((await jobRow(sql, job.job_id)).execution_timeout_at, deadline);
});

databaseTest(
  'extend_job_leases: an expired lease that nobody rescued is held again',
  async (sql) => {
    const job = await claimedJob(sql);
    await expireLease(sql, job.job_id);
    const [answer] = await extend(sql, [job], 60);
    assert.equal(answer!.held, true);
    await rescue(sql);
    assert.equal((await jobRow(sql, job.job_id)).status, 'running');
  },
);

databaseTest(
  'extend_job_leases: lost leases are said to be lost, and stay as they are',
  async (sql) => {
    const settled = await failedJob(sql);
    const rescued = await claimedJob(sql);
    await expireLease(sql, rescued.job_id);
    await rescue(sql);
    const reclaimed = await claimedJob(sql);
    await settleOne(sql, reclaimed, 'snoozed', { snooze_seconds: 0 });
    await claimAgain(sql, reclaimed.job_id, 'another');
    const waiting = { job_id: await insertJob(sql), lease_token: crypto.randomUUID() };
    const lost = [settled, rescued, reclaimed, waiting];
    const before = [];
    for (const job of lost) before.push(await jobRow(sql, job.job_id));
    const answers = await extend(sql, lost, 3600);
    assert.deepEqual(answers.map((answer) => answer.job_id), lost.map((job) => job.job_id));
    assert.deepEqual(answers.map((answer) => answer.held), [false, false, false, false]);
    const after = [];
    for (const job of lost) after.push(await jobRow(sql, job.job_id));
    assert.deepEqual(after, before);
  },
);

databaseTest('extend_job_leases: bad items do not hold up the others, in order', async (sql) => {
  const job = await claimedJob(sql);
  const bad = [null, 7, 'text', {}, { job_id: 'nonsense', lease_token: 'nonsense' }, {
    job_id: job.job_id,
  }, { job_id: job.job_id, lease_token: crypto.randomUUID() }];
  const answers = await extend(sql, [...bad, job, job], 300);
  assert.deepEqual(answers.map((answer) => answer.held), [...bad.map(() => false), true, true]);
  assertAbout(await secondsLeft(sql, job.job_id), 300);
});

databaseTest(
  'extend_job_leases: a cancelled job that went on waiting asks nobody to stop',
  async (sql) => {
    const job = await failedJob(sql);
    await cancel(sql, job.job_id);
    const [answer] = await extend(sql, [job]);
    assert.equal(answer!.held, false);
  },
);

databaseTest('extend_job_leases: wrong calls raise with a hint and change nothing', async (sql) => {
  const job = await claimedJob(sql);
  const before = await jobRow(sql, job.job_id);
  const many = Array.from({ length: 1001 }, () => job);
  const wrong: [string | null, unknown, number | null][] = [
    ['', [job], 60],
    [null, [job], 60],
    ['executor', job, 60],
    ['executor', null, 60],
    ['executor', many, 60],
    ['executor', [job], 0],
    ['executor', [job], -5],
    ['executor', [job], null],
  ];
  for (const [executor, jobs, seconds] of wrong) {
    const error = await refusal(sql, async (sql) => {
      await sql`
        select extend_job_leases(${executor}, ${JSON.stringify(jobs)}::text::jsonb, ${seconds})
      `;
    });
    assert.equal(error.code, 'PT400');
    assert.ok(error.hint);
  }
  assert.deepEqual(await jobRow(sql, job.job_id), before);
});
