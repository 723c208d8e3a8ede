import type { Sql } from './database.ts';
import { insertJob } from './jobs.ts';
import { setSecrets } from './vault.ts';

export const PROCESSOR_URL = 'http://127.0.0.1:9/functions/v1/processor';
export const PROCESSOR_SECRET = 'a-secret-that-never-travels';

export interface Tick {
  skipped?: string;
  rescued: number | null;
  ended: number | null;
  due: number;
  calls: number;
  disarmed: string | null;
  error: string | null;
}

export interface Receipt {
  id: string;
  created_at: Date;
  request_id: string | null;
  error: string | null;
  started_at: Date | null;
  finished_at: Date | null;
  counts: unknown;
}

export interface QueuedCall {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  timeout_milliseconds: number;
  whole: string;
}

/**
 * Lets the test's transaction tick alone: no call under way, nothing handled but test_job, the
 * processor's URL and secret in Vault, armed, and ticks of other transactions waited for.
 */
export async function prepareTicks(sql: Sql): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('puppet_private.tick'))`;
  await sql`delete from puppet_tick_receipts`;
  await sql`delete from puppet_handled_types`;
  await sql`select register_handled_types('{test_job}')`;
  await setSecrets(sql, {
    puppet_processor_url: PROCESSOR_URL,
    puppet_processor_secret: PROCESSOR_SECRET,
  });
  await sql`select arm_ticks(${PROCESSOR_URL})`;
}

export async function tick(sql: Sql): Promise<Tick> {
  const [row] = await sql<{ tick: Tick }[]>`select tick_retry_processor() as tick`;
  return row!.tick;
}

/** The receipts, oldest first. */
export async function receipts(sql: Sql): Promise<Receipt[]> {
  return await sql<Receipt[]>`select * from puppet_tick_receipts order by created_at, id`;
}

/** The call that a receipt is for, as it waits in pg_net's queue. */
export async function queuedCall(sql: Sql, receipt: Receipt): Promise<QueuedCall> {
  const [call] = await sql<QueuedCall[]>`
    select q.method, q.url, q.headers, convert_from(q.body, 'utf8') as body,
      q.timeout_milliseconds, q::text || convert_from(q.body, 'utf8') as whole
    from net.http_request_queue q
    where q.id = ${receipt.request_id}
  `;
  return call!;
}

/** Inserts so many jobs that are due now. */
export async function insertDueJobs(sql: Sql, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await insertJob(sql);
}

/** The signature that a call must carry, computed as a processor would check it. */
export async function signature(
  receiptId: string,
  timestamp: number | string,
  secret = PROCESSOR_SECRET,
): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, [
    'sign',
  ]);
  const content = encoder.encode(`${receiptId}.${timestamp}`);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, content));
  return btoa(String.fromCharCode(...bytes));
}
