import assert from 'node:assert/strict';
import { databaseTest } from './database.ts';
import { insertAttempt } from './history.ts';
import { claimedJob, historyOf, insertPolicy, jobRow, settle } from './jobs.ts';
import { claimAgain, outcome, settleOne } from './lifecycle.ts';

databaseTest('settle_jobs: bad items come back refused and hold up no others', async (sql) => {
  const good = await claimedJob(sql);
  const other = await claimedJob(sql);
  const token = crypto.randomUUID();
  const bad: unknown[] = [
    null,
    42,
    'text',
    [],
    [good.job_id],
    {},
    { job_id: 'no uuid', lease_token: token, outcome: 'completed' },
    { job_id: 7, lease_token: token, outcome: 'completed' },
    { job_id: crypto.randomUUID(), lease_token: 'no uuid', outcome: 'completed' },
    { job_id: crypto.randomUUID(), outcome: 'completed' },
    { job_id: crypto.randomUUID(), lease_token: token, outcome: 'completed' },
    { job_id: crypto.randomUUID(), lease_token: token, outcome: 'exploded' },
    { job_id: crypto.randomUUID(), lease_token: token },
    outcome(other, 'released'),
    outcome(other, 'expired'),
    outcome(other, 'snoozed'),
    outcome(other, 'snoozed', { snooze_seconds: -1 }),
    outcome(other, 'snoozed', { snooze_seconds: 'soon' }),
  ];
  const items = [...bad, outcome(good, 'completed')] as Record<string, unknown>[];
  const answers = await settle(sql, items);
  assert.equal(answers.length, items.length);
  for (const [at, answer] of answers.slice(0, -1).entries()) {
    assert.equal(answer.accepted, false, JSON.stringify(bad[at]));
    assert.ok(answer.reason, JSON.stringify(bad[at]));
  }
  assert.equal(answers.at(-1)!.accepted, true);
  assert.equal((await jobRow(sql, good.job_id)).status, 'completed');
  assert.equal((await jobRow(sql, other.job_id)).status, 'running');
});

databaseTest(
  'settle_jobs: numbers that are too large or of the wrong kind do no harm',
  async (sql) => {
    await insertPolicy(sql, { max_retry_after_seconds: 0 });
    const items = [];
    for (const number of [1e300, -5, 1.5, 'soon', null, {}, 9_007_199_254_740_991]) {
      const job = await claimedJob(sql);
      items.push(outcome(job, 'failed', {
        error_type: 'network',
        duration_ms: number,
        retry_after_seconds: number,
      }));
    }
    const answers = await settle(sql, items);
    assert.deepEqual(answers.map((answer) => answer.decision), items.map(() => 'retry_scheduled'));
  },
);

databaseTest(
  'settle_jobs: a stale item of a job does not hold up the good one behind it',
  async (sql) => {
    const first = await claimedJob(sql);
    await settleOne(sql, first, 'snoozed', { snooze_seconds: 0 });
    const second = await claimAgain(sql, first.job_id);
    const answers = await settle(sql, [
      outcome(first, 'completed'),
      { job_id: second.job_id, outcome: 'completed' },
      outcome(second, 'exploded'),
      outcome(second, 'completed'),
    ]);
    assert.deepEqual(answers.map((answer) => answer.accepted), [false, false, false, true]);
    assert.equal((await jobRow(sql, second.job_id)).status, 'completed');
  },
);

databaseTest('settle_jobs: the same outcome twice in one call is applied once', async (sql) => {
  await insertPolicy(sql);
  const job = await claimedJob(sql);
  const item = outcome(job, 'failed', { error_type: 'network' });
  const answers = await settle(sql, [item, item]);
  assert.deepEqual(answers.map((answer) => answer.accepted), [true, true]);
  assert.deepEqual(answers.map((answer) => answer.replayed), [false, true]);
  assert.equal((await jobRow(sql, job.job_id)).retry_count, 1);
  assert.equal((await historyOf(sql, job.job_id)).length, 1);
});

databaseTest('settle_jobs: of two different outcomes in one call the first counts', async (sql) => {
  const job = await claimedJob(sql);
  const answers = await settle(sql, [outcome(job, 'completed'), outcome(job, 'failed')]);
  assert.deepEqual(answers.map((answer) => answer.accepted), [true, false]);
  assert.ok(answers[1]!.reason);
  assert.equal((await jobRow(sql, job.job_id)).status, 'completed');
});

databaseTest(
  'settle_jobs: jobs that are named again are answered in the order of the call',
  async (sql) => {
    await insertPolicy(sql);
    const [first, second] = [await claimedJob(sql), await claimedJob(sql)];
    const failed = outcome(first, 'failed', { error_type: 'network' });
    const answers = await settle(sql, [
      failed,
      { job_id: 'no uuid', lease_token: first.lease_token, outcome: 'completed' },
      { ...failed, job_id: first.job_id.toUpperCase() },
      outcome(second, 'completed'),
      outcome(first, 'completed'),
      outcome(second, 'failed'),
      failed,
    ]);
    assert.deepEqual(answers.map(({ job_id }) => job_id), [
      first.job_id,
      null,
      first.job_id,
      second.job_id,
      first.job_id,
      second.job_id,
      first.job_id,
    ]);
    assert.deepEqual(
      answers.map(({ accepted, replayed, reason }) => reason ?? (replayed ? 'replayed' : accepted)),
      [
        true,
        'job_id_is_not_a_uuid',
        'replayed',
        true,
        'already_settled',
        'already_settled',
        'replayed',
      ],
    );
    for (const again of [2, 6]) assert.deepEqual(answers[again], { ...answers[0], replayed: true });
    assert.equal((await jobRow(sql, first.job_id)).retry_count, 1);
    assert.equal((await historyOf(sql, first.job_id)).length, 1);
    assert.equal((await jobRow(sql, second.job_id)).status, 'completed');
  },
);

databaseTest('settle_jobs: a job that nobody knows may be named twice', async (sql) => {
  const unknown = { job_id: crypto.randomUUID(), lease_token: crypto.randomUUID() };
  const answers = await settle(sql, [outcome(unknown, 'failed'), outcome(unknown, 'completed')]);
  assert.deepEqual(answers.map(({ reason }) => reason), ['job_not_found', 'job_not_found']);
});

databaseTest(
  'settle_jobs: what was settled before is a repeat until the next outcome counts',
  async (sql) => {
    for (const olderFirst of [true, false]) {
      const first = await claimedJob(sql);
      await settleOne(sql, first, 'snoozed', { snooze_seconds: 0 });
      const second = await claimAgain(sql, first.job_id);
      const older = outcome(first, 'snoozed', { snooze_seconds: 0 });
      const newer = outcome(second, 'completed');
      const answers = await settle(sql, olderFirst ? [older, newer] : [newer, older]);
      assert.deepEqual(
        answers.map(({ accepted, replayed, status }) => [accepted, replayed, status]),
        olderFirst
          ? [[true, true, 'running'], [true, false, 'completed']]
          : [[true, false, 'completed'], [false, false, 'completed']],
      );
    }
  },
);

databaseTest('settle_jobs: a context nested 2,000 levels deep fails no item', async (sql) => {
  const [deep, plain] = [await claimedJob(sql), await claimedJob(sql)];
  let context: unknown = { token: 'hunter2hunter2' };
  for (let level = 0; level < 2000; level++) context = [context];
  const answers = await settle(sql, [
    outcome(deep, 'failed', { error_type: 'network', context }),
    outcome(plain, 'completed'),
  ]);
  assert.deepEqual(answers.map(({ accepted }) => accepted), [true, true]);
  const [row] = await sql<{ context: string }[]>`
    select execution_context::text as context
    from puppet_job_retry_history where job_id = ${deep.job_id}
  `;
  assert.ok(!row!.context.includes('hunter2'));
});

databaseTest(
  'settle_jobs: an attempt that is in the history already holds up no job',
  async (sql) => {
    // As an adopted history may have it.
    await sql`create unique index on puppet_job_retry_history (job_id, attempt_number)`;
    await insertPolicy(sql);
    const [logged, other] = [await claimedJob(sql), await claimedJob(sql)];
    await insertAttempt(sql, logged.job_id, { logged_by: 'caller' });
    const answers = await settle(sql, [outcome(logged, 'failed'), outcome(other, 'failed')]);
    assert.deepEqual(answers.map(({ accepted }) => accepted), [true, true]);
    assert.equal((await historyOf(sql, other.job_id)).length, 1);
  },
);
