import { type ApiKeys, checkApiKey } from './api_key.ts';
import { within } from './polling.ts';
import { freePort } from './ports.ts';

/** Sees every request that the gateway gets: may delay it, drop it, or send it on more than once. */
export type GatewayHook = (
  request: Request,
  forward: (request: Request) => Promise<Response>,
) => Promise<Response>;

export interface GatewayOptions {
  /** Its port in the last run, taken again if it is free. */
  preferredPort: number | undefined;
  keys: ApiKeys & { jwks: string };
  postgrestUrl: string;
  /** Base URL of a function's process; null while it is away, undefined if there is no such function. */
  functionUrl: (name: string) => Promise<string | null | undefined>;
}

/** The one address of the platform, as the hosted one at `https://<project>.supabase.co`. */
export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** Puts a hook before every request, or takes it away. */
  intercept(hook: GatewayHook | null): void;
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 3_000;

/** Starts the gateway on 127.0.0.1. */
export function startGateway(options: GatewayOptions): Gateway {
  let hook: GatewayHook | null = null;
  const forward = (request: Request) => route(request, options);
  const server = Deno.serve(
    {
      hostname: '127.0.0.1',
      port: freePort(options.preferredPort),
      onListen: () => {},
      onError: (error) => {
        // A caller that is gone before its request was read; nobody hears the answer.
        if (error instanceof Deno.errors.BadResource) return reply(400, { message: 'Cut off' });
        console.error('gateway:', error);
        return reply(500, { message: 'The gateway failed' });
      },
    },
    async (request) =>
      hook ? await hook(await replayable(request), forward) : await forward(request),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    intercept: (next) => void (hook = next),
    // A client that never lets go must not hold us up.
    stop: () => within(STOP_LIMIT_MS, server.shutdown()),
  };
}

/** A copy whose body is at hand, so that a hook can send clones of it. */
async function replayable(request: Request): Promise<Request> {
  const { method, headers } = request;
  const body = request.body === null ? null : await request.arrayBuffer();
  return new Request(request.url, { method, headers, body });
}

async function route(request: Request, options: GatewayOptions): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (pathname === '/auth/v1/.well-known/jwks.json') {
    return new Response(options.keys.jwks, { headers: { 'content-type': 'application/json' } });
  }
  const rest = /^\/rest\/v1(\/.*)?$/.exec(pathname);
  if (rest) return await toPostgrest(request, `${rest[1] ?? '/'}${search}`, options);
  const called = /^\/functions\/v1(\/([^/]+).*)$/.exec(pathname);
  if (called) return await toFunction(request, called[2] ?? '', `${called[1]}${search}`, options);
  return reply(404, { message: `Nothing is served at ${pathname}` });
}

async function toPostgrest(
  request: Request,
  path: string,
  options: GatewayOptions,
): Promise<Response> {
  const headers = new Headers(request.headers);
  // A browser's preflight request cannot carry a key.
  if (request.method !== 'OPTIONS') {
    const check = checkApiKey(request.headers, options.keys);
    if ('refusal' in check) return reply(401, check.refusal);
    headers.set('authorization', check.authorization);
    headers.delete('apikey');
  }
  return await send(request, `${options.postgrestUrl}${path}`, headers, 'The Data API');
}

async function toFunction(
  request: Request,
  name: string,
  path: string,
  options: GatewayOptions,
): Promise<Response> {
  const url = await options.functionUrl(name);
  if (url === undefined) {
    return reply(404, { code: 'NOT_FOUND', message: 'Requested function was not found' });
  }
  if (url === null) return reply(503, { message: `The function ${name} is not running` });
  return await send(request, `${url}${path}`, new Headers(request.headers), `The function ${name}`);
}

async function send(
  request: Request,
  url: string,
  headers: Headers,
  name: string,
): Promise<Response> {
  const body = request.body === null ? null : await request.arrayBuffer();
  try {
    const { method } = request;
    const answer = await fetch(url, { method, headers, body, redirect: 'manual' });
    return new Response(answer.body, answer);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return reply(503, { message: `${name} did not answer` });
  }
}

function reply(status: number, body: Record<string, string>): Response {
  return Response.json(body, { status });
}
