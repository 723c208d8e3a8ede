import assert from 'node:assert/strict';
import { signature } from '../database/ticks.ts';
import { type Attacked, type Cases, request } from './attacked.ts';
import { PROCESSOR_SECRET } from './old_project.ts';

interface Call {
  receipt: string;
  timestamp: number | string;
  signature: string;
}

/** A call as the tick makes it, with its receipt in the database. */
async function genuine({ society: { sql } }: Attacked, seconds = 0): Promise<Call> {
  const [row] = await sql<{ id: string; timestamp: number }[]>`
    insert into puppet_tick_receipts default values
    returning id, (extract(epoch from clock_timestamp())::bigint + ${seconds})::int as timestamp
  `;
  const { id, timestamp } = row!;
  const signed = await signature(id, timestamp, PROCESSOR_SECRET);
  return { receipt: id, timestamp, signature: `v1,${signed}` };
}

async function call(attacked: Attacked, made: Call, more: Record<string, string> = {}) {
  return await request(attacked, 'POST', '/functions/v1/processor', {
    'puppet-receipt': made.receipt,
    'puppet-timestamp': String(made.timestamp),
    'puppet-signature': made.signature,
    ...more,
  }, '{}');
}

async function started({ society: { sql } }: Attacked, { receipt }: Call): Promise<boolean> {
  const [row] = await sql`select started_at from puppet_tick_receipts where id = ${receipt}`;
  return row?.started_at !== null;
}

/** Other spellings of a signature that decode to the same bytes, or nearly. */
function respelled(text: string): string[] {
  const base64 = text.slice('v1,'.length);
  const last = base64.at(-2) ?? '';
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? '';
  return [
    base64,
    `V1,${base64}`,
    `v1,${base64.toLowerCase()}`,
    `v1,${base64.toUpperCase()}`,
    `v1,${base64.slice(0, -1)}`,
    `v1,${base64.slice(0, -2)}=`,
    `v1,${base64}=`,
    `v1,${base64.slice(0, -2)}${twin}=`,
    `v1,${base64} ${text}`,
    `v2,${base64}`,
    `v1,${'A'.repeat(43)}=`,
    `v1,${'A'.repeat(100_000)}=`,
  ];
}

export const tickCases: Cases = {
  'a signature of another spelling, length, receipt, time or secret is 401': async (attacked) => {
    const made = await genuine(attacked);
    const other = await genuine(attacked);
    const { receipt, timestamp } = made;
    const byOther = await signature(receipt, timestamp, `${PROCESSOR_SECRET}x`);
    const forged: Call[] = [
      ...respelled(made.signature).map((text) => ({ ...made, signature: text })),
      { ...made, signature: other.signature },
      { ...other, signature: made.signature },
      { ...made, timestamp: made.timestamp + '1' },
      { ...made, timestamp: Number(timestamp) + 1 },
      { ...made, signature: `v1,${byOther}` },
    ];
    for (const forgery of forged) {
      const { status } = await call(attacked, forgery);
      // Headers of 100 kB are refused before anybody reads them.
      assert.ok(
        [400, 401, 431].includes(status),
        `${status} for ${forgery.signature.slice(0, 60)}`,
      );
    }
    assert.deepEqual([await started(attacked, made), await started(attacked, other)], [
      false,
      false,
    ]);
    assert.equal((await call(attacked, made)).status, 202);
  },

  'a call from too long ago, or from the future, is 401': async (attacked) => {
    for (const seconds of [-61 - 5, 61 + 5, -86_400, 86_400 * 365]) {
      const made = await genuine(attacked, seconds);
      assert.equal((await call(attacked, made)).status, 401, String(seconds));
      assert.equal(await started(attacked, made), false);
    }
  },

  'a call sent many times at once, in any spelling of its receipt, runs once': async (attacked) => {
    const made = await genuine(attacked);
    const spellings = [
      made,
      made,
      made,
      { ...made, receipt: made.receipt.toUpperCase() },
      { ...made, timestamp: ` ${made.timestamp}` },
      { ...made, timestamp: `+${made.timestamp}` },
      { ...made, timestamp: `${made.timestamp}.0` },
    ];
    const answers = await Promise.all(spellings.map((one) => call(attacked, one)));
    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 202).length, 1, statuses.join());
    assert.ok(statuses.every((status) => [200, 202, 401].includes(status)), statuses.join());
    for (const { status, text } of answers) {
      if (status === 200) assert.match(text, /repeated/);
    }
  },

  'a tick beside a wrong key, and a key beside a wrong tick': async (attacked) => {
    const wrongKey = { apikey: 'sb_secret_wrong' };
    assert.equal((await call(attacked, await genuine(attacked), wrongKey)).status, 202);
    const forged = { ...await genuine(attacked), signature: `v1,${'A'.repeat(43)}=` };
    const key = { apikey: attacked.platform.keys.secret };
    assert.equal((await call(attacked, forged, key)).status, 401);
  },

  'signatures are compared by keyed digests, so that time tells nothing': async ({ society }) => {
    const [row] = await society.sql<{ source: string }[]>`
      select prosrc as source from pg_proc where proname = 'accept_tick'
    `;
    const source = row?.source.replaceAll(/\s+/g, ' ') ?? '';
    assert.match(source, /v_key constant text := gen_random_uuid\(\)::text/);
    assert.match(
      source,
      /hmac\(p_signature, v_key, 'sha256'\) <> extensions\.hmac\( 'v1,' \|\| \S+call_signature\(.*?\), v_key, 'sha256'\)/,
    );
    // In no other place is it looked at but for null.
    assert.deepEqual(source.match(/p_signature \w+ \w+|p_signature, \w+/g), [
      'p_signature is null',
      'p_signature, v_key',
    ]);
  },
};
