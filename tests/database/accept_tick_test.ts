import assert from 'node:assert/strict';
import { actAs, databaseTest, type Sql } from './database.ts';
import { prepareTicks, queuedCall, receipts, signature, tick } from './ticks.ts';
import { insertJob } from './jobs.ts';
import { setSecrets } from './vault.ts';

// HMAC fills its key up with zeros, so this is the key of an empty secret.
const NO_KEY = '\0';

interface Verdict {
  accepted: boolean;
  reason: string | null;
}

interface Call {
  receipt: string;
  timestamp: number;
  signature: string;
}

async function accept(sql: Sql, call: Call): Promise<Verdict> {
  const [row] = await sql<{ verdict: Verdict }[]>`
    select accept_tick(${call.receipt}, ${call.timestamp}, ${call.signature}) as verdict
  `;
  return row!.verdict;
}

/** A call signed so many seconds from now, with a receipt of its own. */
async function signedCall(sql: Sql, seconds = 0): Promise<Call> {
  const [row] = await sql<{ id: string; timestamp: number }[]>`
    insert into puppet_tick_receipts default values
    returning id, (extract(epoch from clock_timestamp())::bigint + ${seconds})::int as timestamp
  `;
  const { id, timestamp } = row!;
  return { receipt: id, timestamp, signature: `v1,${await signature(id, timestamp)}` };
}

async function started(sql: Sql, id: string): Promise<boolean> {
  return (await receipts(sql)).find((receipt) => receipt.id === id)?.started_at != null;
}

databaseTest('accept_tick: the call of a tick is accepted and stamped', async (sql) => {
  await prepareTicks(sql);
  await insertJob(sql);
  await tick(sql);
  const [receipt] = await receipts(sql);
  const { headers } = await queuedCall(sql, receipt!);
  await actAs(sql, 'service_role');
  const verdict = await accept(sql, {
    receipt: headers['puppet-receipt']!,
    timestamp: Number(headers['puppet-timestamp']),
    signature: headers['puppet-signature']!,
  });
  assert.deepEqual(verdict, { accepted: true, reason: null });
  assert.ok(await started(sql, receipt!.id));
});

databaseTest('accept_tick: a call is valid for 60 seconds either way', async (sql) => {
  await prepareTicks(sql);
  for (const seconds of [0, -50, 50]) {
    assert.equal((await accept(sql, await signedCall(sql, seconds))).accepted, true);
  }
  for (const seconds of [-65, 65, -86400, 86400]) {
    const call = await signedCall(sql, seconds);
    assert.deepEqual(await accept(sql, call), { accepted: false, reason: 'stale' });
    assert.equal(await started(sql, call.receipt), false);
  }
});

databaseTest('accept_tick: the same call again is refused as repeated', async (sql) => {
  await prepareTicks(sql);
  const call = await signedCall(sql);
  assert.equal((await accept(sql, call)).accepted, true);
  const [before] = await receipts(sql);
  assert.deepEqual(await accept(sql, call), { accepted: false, reason: 'repeated' });
  assert.deepEqual((await receipts(sql))[0]!.started_at, before!.started_at);
});

databaseTest('accept_tick: a forged call is refused and its receipt stays open', async (sql) => {
  await prepareTicks(sql);
  const call = await signedCall(sql);
  const other = await signedCall(sql);
  const { receipt, timestamp } = call;
  const forgeries: Call[] = [
    { ...call, signature: '' },
    { ...call, signature: 'v1,' },
    { ...call, signature: other.signature },
    { ...call, timestamp: timestamp + 1 },
    { ...call, receipt: other.receipt },
    { ...call, signature: `v1,${await signature(receipt, timestamp, 'another secret')}` },
    { ...call, signature: `v1,${await signature(receipt, timestamp, NO_KEY)}` },
  ];
  for (const forgery of forgeries) {
    assert.deepEqual(await accept(sql, forgery), { accepted: false, reason: 'forged' });
  }
  assert.equal(await started(sql, call.receipt), false);
  assert.equal((await accept(sql, call)).accepted, true);
});

databaseTest('accept_tick: a well signed call without a receipt is refused', async (sql) => {
  await prepareTicks(sql);
  const call = await signedCall(sql);
  await sql`delete from puppet_tick_receipts`;
  const verdict = await accept(sql, call);
  assert.equal(verdict.accepted, false);
  assert.ok(verdict.reason);
});

databaseTest('accept_tick: without a secret in Vault nothing is accepted', async (sql) => {
  await prepareTicks(sql);
  const call = await signedCall(sql);
  for (const puppet_processor_secret of [null, '']) {
    await setSecrets(sql, { puppet_processor_secret });
    const empty = `v1,${await signature(call.receipt, call.timestamp, NO_KEY)}`;
    for (const attempt of [call, { ...call, signature: empty }]) {
      assert.deepEqual(await accept(sql, attempt), { accepted: false, reason: 'no_secret' });
    }
  }
  assert.equal(await started(sql, call.receipt), false);
});

databaseTest('accept_tick: an incomplete call is refused', async (sql) => {
  await prepareTicks(sql);
  const { receipt, timestamp, signature: signed } = await signedCall(sql);
  const calls = [[null, timestamp, signed], [receipt, null, signed], [receipt, timestamp, null]];
  for (const [id, time, text] of calls) {
    const [row] = await sql<{ verdict: Verdict }[]>`
      select accept_tick(${id!}::uuid, ${time!}::bigint, ${text!}::text) as verdict
    `;
    assert.deepEqual(row!.verdict, { accepted: false, reason: 'incomplete' });
  }
  assert.equal(await started(sql, receipt), false);
});
