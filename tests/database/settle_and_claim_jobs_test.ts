import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { type Claimed, claimedJob, insertJob, jobRow, type Settled } from './jobs.ts';
import { outcome } from './lifecycle.ts';

interface Both {
  settled: Settled[];
  claimed: Claimed[];
}

async function settleAndClaim(
  sql: Sql,
  outcomes: unknown,
  { limit = 20, executor = 'executor', token = null as string | null } = {},
): Promise<Both> {
  const [row] = await sql<{ both: Both }[]>`
    select settle_and_claim_jobs(
      ${executor}, ${JSON.stringify(outcomes)}::text::jsonb, ${limit}, '{test_job}',
      p_lease_token => ${token}) as both
  `;
  return row!.both;
}

databaseTest('settle_and_claim_jobs: the claim sees what the settle freed', async (sql) => {
  const job = await claimedJob(sql);
  const { settled, claimed } = await settleAndClaim(sql, [
    outcome(job, 'snoozed', { snooze_seconds: 0 }),
  ]);
  assert.deepEqual(settled.map((answer) => answer.accepted), [true]);
  assert.deepEqual(claimed.map((next) => [next.job_id, next.attempt_number]), [[job.job_id, 2]]);
});

databaseTest('settle_and_claim_jobs: a bad outcome does not hold up the claim', async (sql) => {
  const id = await insertJob(sql);
  const { settled, claimed } = await settleAndClaim(sql, [{ job_id: 'nonsense' }]);
  assert.equal(settled[0]!.accepted, false);
  assert.equal(claimed[0]!.job_id, id);
});

databaseTest(
  'settle_and_claim_jobs: nothing to settle and nothing due answer empty lists',
  async (sql) => {
    assert.deepEqual(await settleAndClaim(sql, []), { settled: [], claimed: [] });
  },
);

databaseTest(
  'settle_and_claim_jobs: the whole call repeated gives the same jobs, replayed',
  async (sql) => {
    const job = await claimedJob(sql);
    for (let n = 0; n < 3; n++) await insertJob(sql);
    const token = crypto.randomUUID();
    const first = await settleAndClaim(sql, [outcome(job, 'completed')], { limit: 2, token });
    const again = await settleAndClaim(sql, [outcome(job, 'completed')], { limit: 2, token });
    assert.equal(first.claimed.length, 2);
    assert.deepEqual(again.claimed, first.claimed);
    assert.deepEqual(again.settled.map((answer) => answer.replayed), [true]);
  },
);

databaseTest('settle_and_claim_jobs: a wrong claim undoes the settle', async (sql) => {
  const job = await claimedJob(sql);
  const error = await refusal(sql, async (sql) => {
    await settleAndClaim(sql, [outcome(job, 'completed')], { limit: 1001 });
  });
  assert.equal(error.code, 'PT400');
  assert.ok(error.hint);
  assert.equal((await jobRow(sql, job.job_id)).status, 'running');
});

databaseTest('settle_and_claim_jobs: a wrong settle claims nothing', async (sql) => {
  const id = await insertJob(sql);
  const error = await refusal(sql, async (sql) => await settleAndClaim(sql, {}));
  assert.equal(error.code, 'PT400');
  assert.ok(error.hint);
  assert.equal((await jobRow(sql, id)).status, 'pending');
});
