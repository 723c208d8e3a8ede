import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { functionEnvironment } from '../../../supabase/local/environment.ts';
import { type FunctionServer, startFunction } from '../../../supabase/local/function_server.ts';
import { openGuard } from '../../../supabase/local/guard.ts';
import type { Platform } from '../../../supabase/local/platform.ts';
import { runProcessor } from '../../processor_project.ts';

/** Processes of the processor function, which take the gateway's calls in turn. */
export interface Processors extends AsyncDisposable {
  /** Process ids of those that live. */
  pids(): number[];
  /** Whole runs in each, not through ticks, one after the other while `more` says so. */
  runWhile(more: () => boolean): Promise<void>;
  /** Calls that the gateway has sent on since the last time, by what is called. */
  takeCalls(): Record<string, CallTimes>;
}

/** Calls, and the ms until their answers began, in all. */
export interface CallTimes {
  count: number;
  ms: number;
}

/** After a run that found nothing due, while retries wait. */
const IDLE_MS = 50;
const OURS = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Starts `count` of them in a folder of their own, as the platform starts its one: it serves each
 * function by one process, hosted Supabase by as many as it likes.
 */
export async function startProcessors(
  platform: Platform,
  folder: string,
  count: number,
): Promise<Processors> {
  await using stack = new AsyncDisposableStack();
  const running = join(folder, 'running');
  await Deno.mkdir(running, { recursive: true });
  const guard = openGuard(running);
  stack.defer(() => guard.close());
  const env = await functionEnvironment(folder, {
    ...platform.env,
    SUPABASE_DB_URL: platform.projectDbUrl,
  });
  const config = {
    name: 'processor',
    entrypoint: join(OURS, 'tests', 'bench', 'way', 'processor.ts'),
    importMap: join(OURS, 'deno.json'),
  };
  const servers: FunctionServer[] = [];
  for (let place = 0; place < count; place++) {
    const logFile = join(folder, `${place}.log`);
    const server = await startFunction({ config, env, logFile, guard, logger: () => {} });
    stack.defer(() => server.kill('SIGTERM'));
    servers.push(server);
  }
  const calls = distribute(platform, servers);
  stack.defer(() => platform.intercept(null));
  const run = async (server: FunctionServer) =>
    await runProcessor(`${await server.url()}/processor`, platform.keys.secret);
  // Makes the job type known, so that it counts as due; and code is warm.
  await Promise.all(servers.map(run));
  const kept = stack.move();
  return {
    pids: () => servers.map(({ pid }) => pid).filter((pid) => pid !== null),
    runWhile: async (more) =>
      void await Promise.all(servers.map(async (server) => {
        while (more()) {
          const { totalJobs } = await run(server);
          if (totalJobs === 0) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
        }
      })),
    takeCalls() {
      const taken = Object.fromEntries(calls);
      calls.clear();
      return taken;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Sends the gateway's calls of the processor to them in turn, and times all its calls. */
function distribute(platform: Platform, servers: FunctionServer[]): Map<string, CallTimes> {
  const calls = new Map<string, CallTimes>();
  let turn = 0;
  const callProcessor = async (request: Request) => {
    const url = await servers[turn++ % servers.length]?.url();
    try {
      return await fetch(`${url}/processor`, request);
    } catch (error) {
      // Killed a moment ago.
      if (!(error instanceof TypeError)) throw error;
      return Response.json({ message: 'The processor did not answer' }, { status: 503 });
    }
  };
  platform.intercept(async (request, forward) => {
    const { pathname } = new URL(request.url);
    const start = performance.now();
    const response = pathname === '/functions/v1/processor'
      ? await callProcessor(request)
      : await forward(request);
    const { count, ms } = calls.get(pathname) ?? { count: 0, ms: 0 };
    calls.set(pathname, { count: count + 1, ms: ms + performance.now() - start });
    return response;
  });
  return calls;
}
