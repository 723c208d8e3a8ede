import { assert, assertEquals } from '../assert.ts';
import http from 'node:http';
import dns from 'node:dns/promises';
import { createClient } from '@supabase/supabase-js';
import type { ErrorType } from '../../shared/error_classification.ts';
import { failureOf, thrownBy } from './failure_of.ts';
import {
  answerHalf,
  closedPort,
  closeSocket,
  type ServeSocket,
  withSocketServer,
} from './socket_server.ts';

const babble: ServeSocket = async (socket) => {
  await socket.write(new TextEncoder().encode('no HTTP at all\r\n\r\n'));
  closeSocket(socket);
};
const half: ServeSocket = async (socket) => {
  await answerHalf(socket);
  closeSocket(socket);
};
const silent: ServeSocket = () => {};

const exchanges: [string, ServeSocket, (port: number) => Promise<unknown>, ErrorType][] = [
  ['a socket that is closed', closeSocket, (port) => fetch(`http://127.0.0.1:${port}/`), 'network'],
  ['an answer that is not HTTP', babble, (port) => fetch(`http://127.0.0.1:${port}/`), 'network'],
  ['https to a plain port', babble, (port) => fetch(`https://127.0.0.1:${port}/`), 'network'],
  ['a body that breaks off', half, (port) => fetchText(`http://127.0.0.1:${port}/`), 'network'],
  [
    'a server that is too slow',
    silent,
    (port) => fetchFor(port, AbortSignal.timeout(20)),
    'timeout',
  ],
  ['a fetch aborted on its way', silent, (port) => fetchFor(port, abortSoon()), 'timeout'],
  ['a fetch never begun', silent, (port) => fetchFor(port, AbortSignal.abort()), 'timeout'],
];

async function fetchText(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

function fetchFor(port: number, signal: AbortSignal): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/timed-by-signal`, { signal });
}

function abortSoon(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 10);
  return controller.signal;
}

for (const [label, serve, exchange, errorType] of exchanges) {
  Deno.test(`${label} is ${errorType}`, async () => {
    await withSocketServer(serve, async (port) => {
      const failure = failureOf(await thrownBy(() => exchange(port)));
      assertEquals(failure.errorType, errorType, failure.message);
      assert(failure.message.length > 5);
    });
  });
}

function request(url: string): Promise<unknown> {
  return new Promise((_resolve, reject) => {
    http.get(url, (response) => response.resume()).on('error', reject);
  });
}

const dead: [string, (port: number) => unknown][] = [
  ['fetch', (port) => fetch(`http://127.0.0.1:${port}/`)],
  ['fetch to a port that browsers block', () => fetch('http://127.0.0.1:9/')],
  ['Deno.connect', (port) => Deno.connect({ hostname: '127.0.0.1', port })],
  ['fetch by name', () => fetch('http://nobody.invalid/')],
  ['node:dns', () => dns.resolve4('nobody.invalid')],
];

for (const [label, connect] of dead) {
  Deno.test(`${label} to nobody is network`, async () => {
    const port = closedPort();
    const failure = failureOf(await thrownBy(() => connect(port)));
    assertEquals(failure.errorType, 'network', failure.message);
  });
}

// Deno 2.1 never closes the client that its node:http made.
Deno.test({ name: 'node:http to nobody is network', sanitizeResources: false }, async () => {
  const failure = failureOf(await thrownBy(() => request(`http://127.0.0.1:${closedPort()}/`)));
  assertEquals(failure.errorType, 'network', failure.message);
});

Deno.test('a refused fetch says what was refused', async () => {
  const port = closedPort();
  const failure = failureOf(await thrownBy(() => fetch(`http://127.0.0.1:${port}/`)));
  assert(/refused/i.test(failure.message), failure.message);
  assert(failure.message.includes(String(port)), failure.message);
});

const statuses: [number, Record<string, string>, ErrorType][] = [
  [307, {}, 'unknown_error'],
  [400, {}, 'validation_error'],
  [401, {}, 'authentication'],
  [402, {}, 'permission'],
  [403, {}, 'permission'],
  [404, {}, 'validation_error'],
  [405, {}, 'validation_error'],
  [407, {}, 'authentication'],
  [408, {}, 'timeout'],
  [409, {}, 'temporary_error'],
  [410, {}, 'validation_error'],
  [413, {}, 'validation_error'],
  [422, {}, 'validation_error'],
  [423, {}, 'temporary_error'],
  [425, {}, 'temporary_error'],
  [429, {}, 'rate_limit'],
  [429, { 'retry-after': '11' }, 'rate_limit'],
  [500, {}, 'temporary_error'],
  [501, {}, 'temporary_error'],
  [502, {}, 'temporary_error'],
  [503, {}, 'temporary_error'],
  [503, { 'retry-after': '11' }, 'rate_limit'],
  [504, {}, 'timeout'],
  [529, {}, 'temporary_error'],
];

for (const [status, headers, errorType] of statuses) {
  const wait = 'retry-after' in headers ? 11 : undefined;
  Deno.test(`a response ${status}, wait ${wait}, is ${errorType}`, async () => {
    await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, () => {
      return new Response('body', { status, headers });
    });
    const response = await fetch(`http://127.0.0.1:${server.addr.port}/`, { redirect: 'manual' });
    await response.text();
    for (const error of [response, new Error('failed', { cause: response })]) {
      const failure = failureOf(error);
      assertEquals([failure.errorType, failure.status], [errorType, status], failure.message);
      assertEquals(failure.retryAfterSeconds, wait);
    }
  });
}

const auth = { persistSession: false, autoRefreshToken: false };

Deno.test('every part of supabase-js against a dead project is network', async () => {
  const client = createClient(`http://127.0.0.1:${closedPort()}`, 'sb_publishable_x', {
    auth,
  });
  const calls: [string, () => PromiseLike<{ error: unknown }>][] = [
    ['rpc', () => client.rpc('claim_jobs', {})],
    ['functions', () => client.functions.invoke('api')],
    ['auth', () => client.auth.signInWithPassword({ email: 'a@b.example', password: 'x' })],
    ['storage', () => client.storage.from('x').list()],
  ];
  for (const [label, call] of calls) {
    const failure = failureOf((await call()).error);
    assertEquals(failure.errorType, 'network', `${label}: ${failure.message}`);
    assert(/refused/i.test(failure.message) || label === 'auth', `${label}: ${failure.message}`);
  }
});

Deno.test('supabase-js tells what the server answered', async () => {
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (request) => {
    if (request.url.includes('/functions/')) {
      return new Response('slow', { status: 429, headers: { 'retry-after': '7' } });
    }
    const error = { code: '23505', message: 'duplicate key', details: 'Key (a)', hint: null };
    return Response.json(error, { status: 409 });
  });
  const client = createClient(`http://127.0.0.1:${server.addr.port}`, 'sb_publishable_x', { auth });
  const { error, response } = await client.functions.invoke('api');
  await response?.body?.cancel();
  const invoked = failureOf(error);
  assertEquals([invoked.errorType, invoked.status, invoked.retryAfterSeconds], [
    'rate_limit',
    429,
    7,
  ]);
  const called = failureOf((await client.rpc('enqueue_jobs', {})).error);
  assertEquals([called.errorType, called.message], ['validation_error', 'duplicate key (23505)']);
  const thrown = await thrownBy(() => client.rpc('enqueue_jobs', {}).throwOnError());
  assertEquals(failureOf(thrown).errorType, 'validation_error');
});

Deno.test('a supabase-js call that took too long is timeout', async () => {
  await withSocketServer(silent, async (port) => {
    const client = createClient(`http://127.0.0.1:${port}`, 'sb_publishable_x', { auth });
    const call = client.rpc('claim_jobs', {}).abortSignal(AbortSignal.timeout(20));
    assertEquals(failureOf((await call).error).errorType, 'timeout');
  });
});
