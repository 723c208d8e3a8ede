/**
 * Program: an executor in a process of its own, with short leases and, if told so, a wrong clock.
 * Arguments: its name, its ledger file, the hours that its clock is off. Ends at SIGTERM, when it
 * hands back what it holds, and when standard input ends.
 */
import { createClient } from '@supabase/supabase-js';
import { CronProcessor } from '../../shared/cron_processor.ts';
import type { Database } from '../../shared/database.types.ts';
import { answersTo, readEngineCall } from './calls.ts';
import { skewClock } from './clock.ts';
import { chaosHandler } from './handlers.ts';
import { type Note, openLedgerFile, realNow } from './ledger.ts';

/** Seconds; heartbeats make it last 3 s more each. */
const LEASE_SECONDS = 4;
const HEARTBEAT_MS = 1000;
const PAUSE_MS = 200;

const [name = '', ledgerFile = '', skew = '0'] = Deno.args;
if (skew !== '0') skewClock(Number(skew));

const note = openLedgerFile(ledgerFile);
const processor = new CronProcessor({
  processorId: name,
  batchSize: 20,
  heartbeatMs: HEARTBEAT_MS,
  client: createClient<Database>(
    Deno.env.get('SUPABASE_URL') ?? '',
    Deno.env.get('SUPABASE_SECRET_KEY') ?? '',
    { global: { fetch: observedFetch(note) }, auth: { persistSession: false } },
  ),
  handlers: [chaosHandler(name, note)],
  allowedHosts: ['127.0.0.1'],
});

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await processor.handBack('shutdown');
}
Deno.addSignalListener('SIGTERM', stop);
void Deno.stdin.readable.pipeTo(new WritableStream()).finally(() => Deno.exit(0));

while (!stopping) {
  await processor.drain({ maxSeconds: 20 }).catch((error) => console.error(String(error)));
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
Deno.exit(0);

/** Takes down each answer of the engine that arrives, and asks for short leases. */
function observedFetch(note: Note): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.method !== 'POST') return await fetch(request);
    const { url, headers, signal } = request;
    const body = await request.text();
    const call = readEngineCall(url, body);
    const askedAt = realNow();
    const response = await fetch(url, {
      method: 'POST',
      headers,
      signal,
      body: body.replace('"p_lease_token":', `"p_lease_seconds":${LEASE_SECONDS},$&`),
    });
    if (!call || !response.ok) return response;
    const answer = await response.text();
    const seen = { seenBy: 'executor' as const, askedAt, at: realNow() };
    for (const event of answersTo(call, answer, seen)) note(event);
    return new Response(answer, response);
  };
}
