/**
 * Program that serves one function, as the hosted edge runtime does; started by function_server.ts.
 *
 * Its argument is the entrypoint's URL. It prints one line with its port, and ends at SIGTERM or when standard input ends.
 */
import { LISTENING } from './function_protocol.ts';

interface Entrypoint {
  default: { fetch(request: Request): Response | Promise<Response> };
}

declare global {
  var EdgeRuntime: { waitUntil<Result>(work: Promise<Result>): Promise<Result> };
}

const SHUTDOWN_LIMIT_MS = 5_000;

const background = new Set<Promise<unknown>>();

globalThis.EdgeRuntime = {
  waitUntil(work) {
    const settled = work.then(() => {}, (error) => console.error('background work failed:', error));
    background.add(settled);
    void settled.then(() => background.delete(settled));
    return work;
  },
};

const [entrypoint = ''] = Deno.args;
const module: Entrypoint = await import(entrypoint);
const server = Deno.serve({
  hostname: '127.0.0.1',
  port: 0,
  onListen: ({ port }) => console.log(`${LISTENING}${port}`),
}, (request) => module.default.fetch(request));

let stopping = false;

/** Tells the function, as hosted does before a worker ends, and gives its work a last while. */
async function stop(): Promise<never> {
  if (stopping) return await new Promise(() => {});
  stopping = true;
  dispatchEvent(new CustomEvent('beforeunload', { detail: { reason: 'terminated' } }));
  const limit = new Promise((resolve) => setTimeout(resolve, SHUTDOWN_LIMIT_MS));
  await Promise.race([Promise.all([server.shutdown(), idle()]), limit]);
  Deno.exit(0);
}

/** Resolves when no background work is left, also none that was added while waiting. */
async function idle(): Promise<void> {
  while (background.size > 0) await Promise.all(background);
}

Deno.addSignalListener('SIGTERM', stop);
// Ctrl-C reaches the whole process group: the platform decides what ends, and when.
Deno.addSignalListener('SIGINT', () => {});
void Deno.stdin.readable.pipeTo(new WritableStream()).finally(stop);
