import assert from 'node:assert/strict';
import { clientsTest, open4, startBlocked } from './clients.ts';
import { claim, type Claimed, expireLease, historyOf, jobRow, settle } from './jobs.ts';
import {
  cancel,
  extend,
  noteAttempt,
  outcome,
  release,
  report,
  rescue,
  settleOne,
} from './lifecycle.ts';

clientsTest(
  'concurrent settles: opposite orders do not deadlock, each job settles once',
  async (clients) => {
    const [one, two, three] = await open4(clients);
    for (let round = 0; round < 15; round++) {
      const jobs = await clients.claimJobs(40);
      const forward = jobs.map((job) => outcome(job, 'completed'));
      const backward = jobs.map((job) => outcome(job, 'failed')).reverse();
      const [completed, failed] = await Promise.all([
        settle(one!, forward),
        settle(two!, backward),
        extend(three!, jobs.toReversed()),
      ]);
      const accepted = [...completed, ...failed].filter((answer) => answer.accepted);
      assert.equal(accepted.length, 40);
      assert.equal(new Set(accepted.map((answer) => answer.job_id)).size, 40);
    }
  },
);

clientsTest(
  'concurrent settles: jobs named twice, in opposite orders, do not deadlock',
  async (clients) => {
    const [one, two] = await open4(clients);
    for (let round = 0; round < 15; round++) {
      const jobs = await clients.claimJobs(20);
      const forward = jobs.map((job) => outcome(job, 'completed'));
      const backward = forward.toReversed();
      const answers = await Promise.all([
        settle(one!, [...forward, ...backward]),
        settle(two!, [...backward, ...forward]),
      ]);
      const counted = answers.flat().filter(({ accepted, replayed }) => accepted && !replayed);
      assert.equal(counted.length, 20);
      assert.equal(new Set(counted.map(({ job_id }) => job_id)).size, 20);
    }
  },
);

clientsTest(
  'concurrent settles: settles and releases in opposite orders do not deadlock',
  async (clients) => {
    const [one, two] = await open4(clients);
    for (let round = 0; round < 15; round++) {
      const jobs = await clients.claimJobs(40);
      const [settled, released] = await Promise.all([
        settle(one!, jobs.map((job) => outcome(job, 'completed'))),
        release(two!, jobs.toReversed()),
      ]);
      const accepted = [...settled, ...released].filter((answer) => answer.accepted);
      assert.equal(accepted.length, 40);
    }
  },
);

clientsTest(
  'concurrent settles: the second of the same outcome is replayed, of another refused',
  async (clients, sql) => {
    const other = await clients.open();
    const third = await clients.open();
    const [same, contradicted] = await clients.claimJobs(2) as [Claimed, Claimed];
    await other`begin`;
    const first = [outcome(same, 'failed'), outcome(contradicted, 'failed')];
    await settle(other, first);
    const { result } = await startBlocked(
      sql,
      third,
      async (third) =>
        await settle(third, [outcome(same, 'failed'), outcome(contradicted, 'completed')]),
    );
    await other`commit`;
    const answers = await result;
    assert.deepEqual(
      answers.map((answer) => answer.accepted),
      [true, false],
    );
    assert.deepEqual(answers.map((answer) => answer.replayed), [true, false]);
    for (const { job_id } of [same, contradicted]) {
      assert.equal((await jobRow(sql, job_id)).retry_count, 1);
      assert.equal((await historyOf(sql, job_id)).length, 1);
    }
  },
);

clientsTest(
  'settle during a rescue: waits, then completed is late and failed is refused',
  async (clients, sql) => {
    const rescuer = await clients.open();
    const executor = await clients.open();
    const [completes, fails] = await clients.claimJobs(2) as [Claimed, Claimed];
    for (const { job_id } of [completes, fails]) await expireLease(sql, job_id);
    await rescuer`begin`;
    await rescue(rescuer, 1000);
    const { result } = await startBlocked(
      sql,
      executor,
      async (executor) =>
        await settle(executor, [outcome(completes, 'completed'), outcome(fails, 'failed')]),
    );
    await rescuer`commit`;
    const [late, lost] = await result;
    assert.deepEqual([late!.accepted, late!.decision], [true, 'succeeded_late']);
    assert.deepEqual([lost!.accepted, lost!.status], [false, 'queued']);
    assert.ok(lost!.reason);
    const decisions = [];
    for (const { job_id } of [completes, fails]) {
      decisions.push((await historyOf(sql, job_id)).map((line) => line.decision));
    }
    assert.deepEqual(decisions, [['succeeded_late'], ['retry_scheduled']]);
    const row = await jobRow(sql, fails.job_id);
    assert.deepEqual([row.status, row.retry_count, row.crash_count], ['queued', 0, 1]);
  },
);

clientsTest(
  'settle during a rescue and a new claim: refused, the new claim keeps the job',
  async (clients, sql) => {
    const rescuer = await clients.open();
    const executor = await clients.open();
    const [job] = await clients.claimJobs(1) as [Claimed];
    await expireLease(sql, job.job_id);
    await rescuer`begin`;
    await rescue(rescuer, 1000);
    await rescuer`update puppet_jobs set next_retry_at = now() where id = ${job.job_id}`;
    const [next] = await claim(rescuer, { executor: 'another', types: [clients.type] });
    const { result } = await startBlocked(
      sql,
      executor,
      async (executor) => await settleOne(executor, job, 'completed'),
    );
    await rescuer`commit`;
    assert.equal((await result).accepted, false);
    const row = await jobRow(sql, job.job_id);
    assert.deepEqual([row.status, row.executing_by], ['running', 'another']);
    assert.equal(row.lease_token, next!.lease_token);
  },
);

clientsTest('late completion during a new claim: waits and is refused', async (clients, sql) => {
  const claimer = await clients.open();
  const executor = await clients.open();
  const [job] = await clients.claimJobs(1) as [Claimed];
  await expireLease(sql, job.job_id);
  await rescue(sql, 1000);
  await sql`update puppet_jobs set next_retry_at = now() where id = ${job.job_id}`;
  await claimer`begin`;
  await claim(claimer, { executor: 'another', types: [clients.type] });
  const { result } = await startBlocked(
    sql,
    executor,
    async (executor) => await settleOne(executor, job, 'completed'),
  );
  await claimer`commit`;
  assert.equal((await result).accepted, false);
  assert.equal((await jobRow(sql, job.job_id)).status, 'running');
});

clientsTest(
  'rescue during a settle: does not wait and does not take the job',
  async (clients, sql) => {
    const executor = await clients.open();
    const [job] = await clients.claimJobs(1) as [Claimed];
    await expireLease(sql, job.job_id);
    await executor`begin`;
    await settleOne(executor, job, 'completed');
    await rescue(sql, 1000);
    await executor`commit`;
    await rescue(sql, 1000);
    assert.equal((await jobRow(sql, job.job_id)).status, 'completed');
    assert.equal((await historyOf(sql, job.job_id)).length, 0);
  },
);

clientsTest('concurrent rescues: each job gets one row and one crash', async (clients, sql) => {
  const sqls = await open4(clients);
  const jobs = await clients.claimJobs(60);
  await sql`
    update puppet_jobs set execution_timeout_at = now() - interval '1 second'
    where job_type = ${clients.type}
  `;
  await Promise.all(sqls.flatMap((sql) => [rescue(sql, 20), rescue(sql, 20), rescue(sql, 1000)]));
  for (const { job_id } of jobs) {
    assert.equal((await jobRow(sql, job_id)).crash_count, 1);
    assert.equal((await historyOf(sql, job_id)).length, 1);
  }
});

clientsTest('concurrent reports without a lease: one attempt is counted', async (clients, sql) => {
  const one = await clients.open();
  const two = await clients.open();
  const [id] = await clients.insertJobs(1) as [string];
  const failure = { type: 'network', message: 'connection reset' };
  await one`begin`;
  await report(one, id, 'failed', failure);
  const { result } = await startBlocked(
    sql,
    two,
    async (two) => await report(two, id, 'failed', failure),
  );
  await one`commit`;
  assert.equal((await result).accepted, true);
  const row = await jobRow(sql, id);
  assert.deepEqual([row.execution_attempts, row.retry_count], [1, 1]);
});

clientsTest(
  'an attempt that a caller notes, not committed yet, keeps no job from its executor or a person',
  async (clients, sql) => {
    const noting = await clients.open();
    const jobs = await clients.claimJobs(4) as [Claimed, Claimed, Claimed, Claimed];
    const [settles, ends, expires, waits] = jobs;
    await noting`begin`;
    for (const { job_id } of jobs) await noteAttempt(noting, job_id);
    await sql`set lock_timeout = '2s'`;
    assert.equal((await extend(sql, jobs)).filter(({ held }) => held).length, 4);
    const snoozed = outcome(waits, 'snoozed', { snooze_seconds: 60 });
    const settled = await settle(sql, [outcome(settles, 'failed'), snoozed]);
    assert.deepEqual(settled.map(({ accepted }) => accepted), [true, true]);
    assert.equal((await report(sql, ends.job_id, 'completed')).accepted, true);
    await expireLease(sql, expires.job_id);
    await rescue(sql, 1000);
    assert.equal((await jobRow(sql, expires.job_id)).crash_count, 1);
    assert.equal((await cancel(sql, waits.job_id)).status, 'cancelled');
    await noting`commit`;
  },
);
