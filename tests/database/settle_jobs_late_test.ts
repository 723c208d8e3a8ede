import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { stateOf } from './job_state.ts';
import {
  type Claimed,
  claimedJob,
  expireLease,
  historyOf,
  insertPolicy,
  jobRow,
  settle,
} from './jobs.ts';
import {
  cancel,
  claimAgain,
  failedJob,
  outcome,
  release,
  rescue,
  retry,
  setColumns,
  settleOne,
} from './lifecycle.ts';

async function rescuedJob(sql: Sql): Promise<Claimed> {
  const job = await claimedJob(sql);
  await expireLease(sql, job.job_id);
  await rescue(sql);
  return job;
}

/** Nothing about the job may change; the answer says why. */
async function assertRefused(sql: Sql, job: Claimed, kind = 'completed'): Promise<void> {
  const before = [await jobRow(sql, job.job_id), await historyOf(sql, job.job_id)];
  const answer = await settleOne(sql, job, kind, { snooze_seconds: 1 });
  assert.equal(answer.accepted, false);
  assert.equal(answer.replayed, false);
  assert.ok(answer.reason);
  assert.equal(answer.status, (before[0] as { status: string }).status);
  assert.deepEqual([await jobRow(sql, job.job_id), await historyOf(sql, job.job_id)], before);
}

databaseTest(
  'settle_jobs: a late completion brings its result and corrects the history',
  async (sql) => {
    const job = await rescuedJob(sql);
    const answer = await settleOne(sql, job, 'completed', { result: { sent: 1 }, duration_ms: 77 });
    assert.equal(answer.accepted, true);
    assert.equal(answer.decision, 'succeeded_late');
    assert.equal(answer.status, 'completed');
    assert.equal(answer.next_retry_at, null);
    assert.deepEqual((await jobRow(sql, job.job_id)).result_data, { sent: 1 });
    const [line, ...more] = await historyOf(sql, job.job_id);
    assert.deepEqual(more, []);
    assert.deepEqual([line!.success, line!.decision], [true, 'succeeded_late']);
    assert.deepEqual([line!.delay_seconds, line!.next_retry_at], [null, null]);
  },
);

databaseTest(
  'settle_jobs: a late completion that comes twice in a call counts once',
  async (sql) => {
    const job = await rescuedJob(sql);
    const late = outcome(job, 'completed', { duration_ms: 77 });
    const answers = await settle(sql, [late, late]);
    assert.deepEqual(
      answers.map(({ accepted, replayed, decision }) => [accepted, replayed, decision]),
      [[true, false, 'succeeded_late'], [true, true, 'succeeded_late']],
    );
    const [line, ...more] = await historyOf(sql, job.job_id);
    assert.deepEqual(more, []);
    assert.deepEqual([line!.decision, line!.duration_ms], ['succeeded_late', 77]);
  },
);

databaseTest('settle_jobs: a late completion counts even when the retry is due', async (sql) => {
  const job = await rescuedJob(sql);
  await setColumns(sql, job.job_id, { next_retry_at: new Date(Date.now() - 1000) });
  assert.equal((await settleOne(sql, job, 'completed')).accepted, true);
});

databaseTest('settle_jobs: a late completion of a retry leaves the rows before it', async (sql) => {
  await insertPolicy(sql);
  const { job_id } = await failedJob(sql);
  const job = await claimAgain(sql, job_id);
  await expireLease(sql, job_id);
  await rescue(sql);
  await settleOne(sql, job, 'completed');
  const decisions = (await stateOf(sql, job_id)).history.map((line) => line.decision);
  assert.deepEqual(decisions, ['retry_scheduled', 'succeeded_late']);
});

databaseTest('settle_jobs: a late completion after a manual "now" still counts', async (sql) => {
  const job = await rescuedJob(sql);
  await retry(sql, job.job_id);
  assert.equal((await settleOne(sql, job, 'completed')).decision, 'succeeded_late');
});

for (const kind of ['failed', 'cancelled', 'snoozed']) {
  databaseTest(`settle_jobs: ${kind} after a rescue is refused`, async (sql) => {
    await assertRefused(sql, await rescuedJob(sql), kind);
  });
}

databaseTest('settle_jobs: a late completion after a new claim is refused', async (sql) => {
  const job = await rescuedJob(sql);
  const next = await claimAgain(sql, job.job_id, 'another');
  await assertRefused(sql, job);
  await settleOne(sql, next, 'failed', { error_type: 'network' });
  await assertRefused(sql, job);
});

databaseTest(
  'settle_jobs: a late completion after the new claim expired too is refused',
  async (sql) => {
    const job = await rescuedJob(sql);
    await claimAgain(sql, job.job_id, 'another');
    await expireLease(sql, job.job_id);
    await rescue(sql);
    await assertRefused(sql, job);
  },
);

databaseTest('settle_jobs: a late completion after crash_limit is refused', async (sql) => {
  await insertPolicy(sql, { max_crashes: 1 });
  const job = await rescuedJob(sql);
  assert.equal((await jobRow(sql, job.job_id)).stop_reason, 'crash_limit_reached');
  await assertRefused(sql, job);
});

databaseTest('settle_jobs: a late completion after a manual retry is refused', async (sql) => {
  await insertPolicy(sql, { max_crashes: 1 });
  const job = await rescuedJob(sql);
  await retry(sql, job.job_id);
  await assertRefused(sql, job);
});

/** Fails at its first attempt; its second is lost with its executor. */
async function failedThenRescued(sql: Sql): Promise<[Claimed, Claimed]> {
  const first = await failedJob(sql);
  const second = await claimAgain(sql, first.job_id);
  await expireLease(sql, first.job_id);
  await rescue(sql);
  return [first, second];
}

for (const max_crashes of [1, 5]) {
  const state = max_crashes === 1 ? 'an ended' : 'a waiting';
  databaseTest(
    `settle_jobs: a retry of ${state} job by hand keeps what was settled`,
    async (sql) => {
      await insertPolicy(sql, { max_crashes });
      const [first, second] = await failedThenRescued(sql);
      await retry(sql, first.job_id, { config: { to: 'somebody else' } });
      await assertRefused(sql, second);
      const repeated = await settleOne(sql, first, 'failed', { error_type: 'network' });
      assert.deepEqual([repeated.accepted, repeated.replayed], [true, true]);
      assert.equal((await settleOne(sql, first, 'completed')).accepted, false);
    },
  );
}

databaseTest(
  'settle_jobs: a late completion of a job cancelled meanwhile is refused',
  async (sql) => {
    const waiting = await rescuedJob(sql);
    await cancel(sql, waiting.job_id);
    await assertRefused(sql, waiting);
    const running = await claimedJob(sql);
    await cancel(sql, running.job_id);
    await expireLease(sql, running.job_id);
    await rescue(sql);
    await assertRefused(sql, running);
  },
);

databaseTest('settle_jobs: a completion after a release is refused', async (sql) => {
  const job = await failedJob(sql);
  const again = await claimAgain(sql, job.job_id);
  await release(sql, [again]);
  await assertRefused(sql, again);
});

for (const kind of ['completed', 'failed', 'cancelled', 'snoozed']) {
  databaseTest(`settle_jobs: ${kind} repeated says replayed and changes nothing`, async (sql) => {
    await insertPolicy(sql);
    const job = await claimedJob(sql);
    const item = outcome(job, kind, { error_type: 'network', snooze_seconds: 60 });
    const [first] = await settle(sql, [item]);
    const before = [await jobRow(sql, job.job_id), await historyOf(sql, job.job_id)];
    const [second] = await settle(sql, [item]);
    assert.deepEqual(second, { ...first!, replayed: true });
    assert.deepEqual([await jobRow(sql, job.job_id), await historyOf(sql, job.job_id)], before);
  });

  databaseTest(`settle_jobs: another outcome after ${kind} is refused`, async (sql) => {
    const job = await claimedJob(sql);
    await settleOne(sql, job, kind, { error_type: 'network', snooze_seconds: 60 });
    for (const other of ['completed', 'failed', 'cancelled', 'snoozed']) {
      if (other !== kind) await assertRefused(sql, job, other);
    }
  });
}

databaseTest('settle_jobs: a repeated late completion says replayed', async (sql) => {
  const job = await rescuedJob(sql);
  await settleOne(sql, job, 'completed');
  const answer = await settleOne(sql, job, 'completed');
  assert.deepEqual([answer.accepted, answer.replayed], [true, true]);
});

databaseTest(
  'settle_jobs: a failure repeated after the next claim is replayed, not applied',
  async (sql) => {
    const job = await failedJob(sql);
    await claimAgain(sql, job.job_id, 'another');
    const before = await jobRow(sql, job.job_id);
    const answer = await settleOne(sql, job, 'failed', { error_type: 'network' });
    assert.deepEqual([answer.accepted, answer.replayed], [true, true]);
    assert.deepEqual(await jobRow(sql, job.job_id), before);
  },
);
