import assert from 'node:assert/strict';
import { databaseTest, type Sql } from './database.ts';
import { type Delay, delayOf, explain, verdictOf } from './explain.ts';
import { claimedJob, historyOf, insertPolicy } from './jobs.ts';
import { claimAgain, failedJob, setColumns, settleOne } from './lifecycle.ts';

const HOUR = 3_600;

/** The delay of a job that fails once more after so many retries. */
async function delayAfter(
  sql: Sql,
  retries: number,
  policy: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Promise<Delay> {
  await insertPolicy(sql, { max_retries: 20, ...policy });
  const job = await claimedJob(sql);
  await setColumns(sql, job.job_id, { retry_count: retries });
  await settleOne(sql, job, 'failed', { error_type: 'network', ...more });
  return await delayOf(sql, job.job_id);
}

databaseTest(
  'explain_job: the wait for a retry is broken down, as the issue words it',
  async (sql) => {
    await insertPolicy(sql, { jitter_enabled: true, max_jitter_seconds: 300 });
    const { job_id } = await failedJob(sql);
    await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
    const jitter = (await historyOf(sql, job_id))[1]!.jitter_seconds;
    await sql`
    update puppet_jobs set next_retry_at = clock_timestamp() + interval '43 min' where id = ${job_id}
  `;
    await sql`
    update puppet_job_retry_history h set next_retry_at = j.next_retry_at
    from puppet_jobs j where j.id = ${job_id} and h.job_id = j.id and h.attempt_number = 2
  `;
    const text =
      `waits: next_retry_at is in 43 min (retry 2 of 5, base 2 h × 2^1 + jitter ${jitter} s)`;
    assert.deepEqual(await verdictOf(sql, job_id, 'due'), ['holds', text]);
    assert.equal((await explain(sql, job_id)).status, 'queued');
  },
);

databaseTest('explain_job: the numbers of a delay stand beside the words', async (sql) => {
  const delay = await delayAfter(sql, 0, {});
  assert.deepEqual(delay, {
    seconds: 7200,
    base_delay_seconds: 7200,
    backoff_multiplier: 2,
    exponent: 0,
    max_delay_seconds: 86400,
    jitter_seconds: 0,
    text: 'retry 1 of 20, base 2 h × 2^0 + jitter 0 s',
  });
});

databaseTest('explain_job: max_retries of the job goes before that of the policy', async (sql) => {
  const { job_id } = await failedJob(sql, { max_retries: 7 });
  assert.match((await delayOf(sql, job_id)).text, /^retry 1 of 7, /);
});

databaseTest('explain_job: a schedule names its entry; the last one repeats', async (sql) => {
  const delay_schedule_seconds = [60, 600, 3600];
  const delay = await delayAfter(sql, 0, { delay_schedule_seconds });
  assert.deepEqual([delay.seconds, delay.text], [
    60,
    'retry 1 of 20, entry 1 of delay_schedule_seconds + jitter 0 s',
  ]);
  const job = await claimedJob(sql);
  await setColumns(sql, job.job_id, { retry_count: 7 });
  await settleOne(sql, job, 'failed', { error_type: 'network' });
  const late = await delayOf(sql, job.job_id);
  assert.deepEqual([late.seconds, late.text], [
    3600,
    'retry 8 of 20, entry 3 of delay_schedule_seconds + jitter 0 s',
  ]);
});

const CUT = /; cut at max_delay_seconds/;

databaseTest('explain_job: a wait cut at the maximum says so, one below does not', async (sql) => {
  const delay = await delayAfter(sql, 4, {});
  assert.deepEqual([delay.seconds, delay.text], [
    86400,
    'retry 5 of 20, base 2 h × 2^4 + jitter 0 s; cut at max_delay_seconds 24 h',
  ]);
  const below = await claimedJob(sql);
  await setColumns(sql, below.job_id, { retry_count: 3 });
  await settleOne(sql, below, 'failed', { error_type: 'network' });
  assert.doesNotMatch((await delayOf(sql, below.job_id)).text, CUT);
});

for (const jitter_strategy of ['additive', 'full', 'equal']) {
  databaseTest(
    `explain_job: with ${jitter_strategy} jitter only a cut is called a cut`,
    async (sql) => {
      const policy = { jitter_enabled: true, jitter_strategy, max_retries: 20 };
      await insertPolicy(sql, { ...policy, base_delay_seconds: 10, max_delay_seconds: 100 });
      const cut: boolean[] = [];
      for (const retry_count of [0, 2, 5]) {
        const job = await claimedJob(sql);
        await setColumns(sql, job.job_id, { retry_count });
        await settleOne(sql, job, 'failed', { error_type: 'network' });
        cut.push(CUT.test((await delayOf(sql, job.job_id)).text));
      }
      // Additive jitter needs room below the maximum of 100: of 50, here.
      assert.deepEqual(cut, [false, false, true]);
    },
  );
}

databaseTest(
  'explain_job: without jitter, a wait just below the maximum is not cut',
  async (sql) => {
    const policy = { base_delay_seconds: 900, max_delay_seconds: 1000 };
    assert.doesNotMatch((await delayAfter(sql, 0, policy)).text, CUT);
  },
);

for (const jitter_strategy of ['full', 'equal']) {
  databaseTest(
    `explain_job: ${jitter_strategy} jitter is not shown as added to the base`,
    async (sql) => {
      const delay = await delayAfter(sql, 0, { jitter_enabled: true, jitter_strategy });
      assert.doesNotMatch(delay.text, /base 2 h × 2\^0 \+ jitter/);
      assert.match(delay.text, new RegExp(jitter_strategy));
    },
  );
}

databaseTest('explain_job: a Retry-After beyond the maximum is named', async (sql) => {
  const delay = await delayAfter(sql, 0, {}, { retry_after_seconds: 48 * HOUR });
  assert.equal(delay.seconds, 48 * HOUR);
  assert.match(delay.text, /the server asked for 2 d \(Retry-After\)/);
});

databaseTest('explain_job: a Retry-After within the maximum is named', async (sql) => {
  const delay = await delayAfter(sql, 0, {}, { retry_after_seconds: 3 * HOUR });
  assert.equal(delay.seconds, 3 * HOUR);
  assert.match(delay.text, /Retry-After/);
});

databaseTest('explain_job: a Retry-After shorter than the own wait is not', async (sql) => {
  const delay = await delayAfter(sql, 0, {}, { retry_after_seconds: 60 });
  assert.equal(delay.text, 'retry 1 of 20, base 2 h × 2^0 + jitter 0 s');
});

const CHANGES = {
  'a shorter base': { base_delay_seconds: 60 },
  'a longer base': { base_delay_seconds: 14400 },
  'a lower maximum': { base_delay_seconds: 60, max_delay_seconds: 3600 },
  'another multiplier': { backoff_multiplier: 3 },
  'a schedule': { delay_schedule_seconds: [600] },
};

for (const [name, columns] of Object.entries(CHANGES)) {
  databaseTest(
    `explain_job: a policy changed since to ${name} is not taken for the cause`,
    async (sql) => {
      await insertPolicy(sql);
      const { job_id } = await failedJob(sql);
      await settleOne(sql, await claimAgain(sql, job_id), 'failed', { error_type: 'network' });
      await sql`update puppet_job_retry_config set ${sql(columns)} where job_type = 'test_job'`;
      const { seconds, text } = await delayOf(sql, job_id);
      assert.equal(seconds, 14400);
      assert.doesNotMatch(text, /the server asked/);
      if (text !== 'retry 2 of 5, base 2 h × 2^1 + jitter 0 s') assert.match(text, /changed since/);
    },
  );
}

databaseTest('explain_job: a policy removed since is not taken for the cause', async (sql) => {
  await insertPolicy(sql, { base_delay_seconds: 60 });
  const { job_id } = await failedJob(sql);
  await sql`delete from puppet_job_retry_config where job_type = 'test_job'`;
  const { seconds, text } = await delayOf(sql, job_id);
  assert.equal(seconds, 60);
  assert.doesNotMatch(text, /the server asked/);
  assert.match(text, /changed since/);
});

databaseTest('explain_job: the rounding of a wait is not taken for a change', async (sql) => {
  await insertPolicy(sql, {
    jitter_enabled: true,
    base_delay_seconds: 3,
    backoff_multiplier: 1.5,
    max_retries: 20,
  });
  for (let place = 0; place < 40; place++) {
    const job = await claimedJob(sql);
    await setColumns(sql, job.job_id, { retry_count: place % 8 });
    await settleOne(sql, job, 'failed', { error_type: 'network' });
    const delay = await delayOf(sql, job.job_id);
    assert.doesNotMatch(delay.text, /Retry-After|changed since/, JSON.stringify(delay));
  }
});
