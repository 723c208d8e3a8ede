import { type DatabaseClient, openDatabase } from './database_client.ts';
import { type CallFault, PendingFaults } from './network_faults.ts';
import { pause, pollForever } from './polling.ts';

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string> | null;
  body: Uint8Array<ArrayBuffer> | null;
  timeout_milliseconds: number;
}

interface ResponseRow {
  id: string;
  status_code: number | null;
  content_type: string | null;
  headers: Record<string, string> | null;
  content: string | null;
  timed_out: boolean | null;
  error_msg: string | null;
}

interface Call {
  request: QueuedRequest;
  fault: CallFault;
}

/** The background worker of the pg_net double. */
export interface HttpWorker {
  readonly faults: PendingFaults;
  stop(): Promise<void>;
}

const POLL_MS = 100;
const BATCH = 200;

/**
 * Sends what net.http_request_queue holds and writes net._http_response, at least once.
 *
 * As the real one: in batches that wait for their slowest call, and a row leaves the queue only when its batch is over.
 */
export function startHttpWorker(dbUrl: string, logger: (line: string) => void): HttpWorker {
  const faults = new PendingFaults();
  const sql = openDatabase(dbUrl, 2, 'pg_net double');
  const ended = new AbortController();
  const delayed = new Map<string, Promise<void>>();
  const step = async () => {
    const requests = await nextRequests(sql, [...delayed.keys()]);
    const batch: Call[] = [];
    for (const request of requests) {
      const call = { request, fault: faults.next() };
      if (call.fault.delayMs === 0) batch.push(call);
      else delayed.set(request.id, sendLate(call));
    }
    await sendBatch(sql, batch, ended.signal);
  };
  // Apart from its batch, so that a late call does not hold up the others.
  const sendLate = async (call: Call) => {
    await pause(call.fault.delayMs, ended.signal);
    await sendBatch(sql, [call], ended.signal)
      .catch((error) => logger(`pg_net double: ${error}; trying again`));
    delayed.delete(call.request.id);
  };
  const polling = pollForever({ name: 'pg_net double', intervalMs: POLL_MS, step, logger });
  return {
    faults,
    async stop() {
      ended.abort();
      await polling.stop();
      await Promise.all(delayed.values());
      await sql.end({ timeout: 0 });
    },
  };
}

async function sendBatch(sql: DatabaseClient, calls: Call[], ended: AbortSignal): Promise<void> {
  if (calls.length === 0) return;
  const responses = await Promise.all(calls.map((call) => send(call, ended)));
  // Stopped in the middle: the rows stay, and are sent again at the next start.
  if (ended.aborted) return;
  await settle(
    sql,
    calls.map(({ request }) => request.id),
    responses.filter((row) => row !== null),
  );
}

async function nextRequests(sql: DatabaseClient, except: string[]): Promise<QueuedRequest[]> {
  const [found] = await sql<{ queue: string | null }[]>`
    select to_regclass('net.http_request_queue')::text as queue
  `;
  if (!found?.queue) return [];
  return await sql<QueuedRequest[]>`
    select q.id, q.method, q.url, q.headers, q.body, q.timeout_milliseconds
    from net.http_request_queue as q
    where q.id <> all(${arrayText(except)}::text::bigint[])
    order by q.id
    limit ${BATCH}
  `;
}

async function settle(
  sql: DatabaseClient,
  ids: string[],
  responses: ResponseRow[],
): Promise<void> {
  // One statement, not a transaction: the library would send a rollback into a broken connection,
  // which ends the whole process.
  await sql`
    with sent as (
      delete from net.http_request_queue where id = any(${arrayText(ids)}::text::bigint[])
    ), old as (
      delete from net._http_response where created < now() - interval '6 hours'
    )
    insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
    select r.id, r.status_code, r.content_type, r.headers, r.content, r.timed_out, r.error_msg
    from jsonb_to_recordset(${JSON.stringify(responses)}::text::jsonb) as r (
      id bigint, status_code int, content_type text, headers jsonb, content text, timed_out bool, error_msg text
    )
  `;
}

/** Makes the call as often as its fault says; null if it or its answer was lost. */
async function send({ request, fault }: Call, ended: AbortSignal): Promise<ResponseRow | null> {
  const copies = Array.from({ length: fault.copies }, () => fetchOnce(request, ended));
  const [response] = await Promise.all(copies);
  return fault.replyLost ? null : response ?? null;
}

async function fetchOnce(request: QueuedRequest, ended: AbortSignal): Promise<ResponseRow> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), request.timeout_milliseconds);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { 'user-agent': 'pg_net/0.0.1 (double)', ...request.headers },
      body: request.body,
      redirect: 'manual',
      signal: AbortSignal.any([timeout.signal, ended]),
    });
    return {
      id: request.id,
      status_code: response.status,
      content_type: response.headers.get('content-type'),
      headers: Object.fromEntries(response.headers),
      content: await response.text(),
      timed_out: false,
      error_msg: null,
    };
  } catch (error) {
    return failure(request, error, timeout.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

function failure(request: QueuedRequest, error: unknown, timedOut: boolean): ResponseRow {
  return {
    id: request.id,
    status_code: null,
    content_type: null,
    headers: null,
    content: null,
    timed_out: timedOut,
    error_msg: timedOut ? `Timeout of ${request.timeout_milliseconds} ms reached` : String(error),
  };
}

/** An array as Postgres reads it from text. */
function arrayText(ids: readonly (string | number | bigint)[]): string {
  return `{${ids.join(',')}}`;
}
