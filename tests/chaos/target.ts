import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { durationOf, stepOf } from './handlers.ts';
import { type Step, STEPS } from './jobs.ts';
import { type Note, realNow } from './ledger.ts';

/** The endpoint that jobs are delivered to; it takes down each delivery. */
export interface Target extends AsyncDisposable {
  readonly url: string;
}

const bodySchema = z.object({ job_config: z.object({ script: z.array(z.enum(STEPS)) }) });

/** A delivery that hangs is let go after this time, should its caller be frozen, in ms. */
const HANG_MS = 15_000;

const STATUSES: Record<Step, number> = {
  ok: 200,
  slow: 200,
  hang: 504,
  snooze: 503,
  busy: 503,
  broken: 500,
  throttled: 429,
  refused: 422,
};

/** Starts it on 127.0.0.1. */
export async function startTarget(note: Note): Promise<Target> {
  const server = createServer((request, response) => {
    // A caller may die in the middle of its request.
    answer(request, response, note).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The target has no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  note: Note,
): Promise<void> {
  const jobId = String(request.headers['webhook-id']);
  const attempt = Number(request.headers['puppet-attempt']);
  const { job_config } = bodySchema.parse(await json(request));
  const step = stepOf(job_config.script, attempt);
  const execution = crypto.randomUUID();
  const started = { at: realNow(), execution, jobId, attempt, by: 'target', pid: Deno.pid };
  note({ what: 'started', ...started });
  const hungUp = await wait(step === 'hang' ? HANG_MS : durationOf(step), response);
  // The work of a caller that hung up is done all the same, unless it only hangs.
  const ending = STATUSES[step] === 200 ? 'succeeded' : hungUp ? 'aborted' : 'failed';
  note({ what: 'ended', at: realNow(), execution, ending });
  response.writeHead(STATUSES[step], {
    'content-type': 'application/json',
    ...step === 'throttled' ? { 'retry-after': '1' } : {},
  });
  response.end(JSON.stringify({ attempt }));
}

/** Waits, cut short only where the caller hangs up; true if it did. */
async function wait(ms: number, response: ServerResponse): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => over.resolve(false), ms);
  response.once('close', () => over.resolve(true));
  try {
    return await over.promise;
  } finally {
    clearTimeout(timer);
  }
}
