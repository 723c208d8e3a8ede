import { assert, assertEquals, assertRejects, assertThrows } from '../assert.ts';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { deliverJob, DeliveryFailed } from '../../shared/endpoint_delivery.ts';
import { EndpointRefused } from '../../shared/endpoint_address.ts';
import { type ErrorType, JobCancelled, JobTimedOut } from '../../shared/error_classification.ts';
import { failureOf, thrownBy } from './failure_of.ts';
import { claimedJob } from './sample_job.ts';
import {
  answerHalf,
  closedPort,
  closeSocket,
  type ServeSocket,
  withSocketServer,
} from './socket_server.ts';

const CURRENT = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const FORMER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';

const never = new AbortController().signal;
const local = { secrets: [CURRENT], signal: never, allowedHosts: ['127.0.0.1'] };

/** Delivers the sample job to a local endpoint that answers by `serve`. */
async function deliverTo(
  serve: (request: Request) => Response | Promise<Response>,
  options: Partial<Parameters<typeof deliverJob>[1]> = {},
  path = '/hook',
): Promise<unknown> {
  await using server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, serve);
  const endpoint_url = `http://127.0.0.1:${server.addr.port}${path}`;
  return await deliverJob(claimedJob({ endpoint_url }), { ...local, ...options });
}

/** What an endpoint gets to see of a delivery. */
async function received(secrets: string[]) {
  const seen: { method: string; headers: Headers; body: string }[] = [];
  await deliverTo(async (request) => {
    const { method, headers } = request;
    seen.push({ method, headers: new Headers(headers), body: await request.text() });
    return new Response(null, { status: 204 });
  }, { secrets });
  const [first] = seen;
  if (!first) throw new Error('Expected a request: none came');
  return first;
}

Deno.test('a job is posted as JSON, without its lease token', async () => {
  const { method, headers, body } = await received([CURRENT]);
  const { lease_token, endpoint_url: _, ...told } = claimedJob();
  assertEquals(JSON.parse(body), told);
  assert(!body.includes(lease_token));
  assertEquals(method, 'POST');
  assertEquals(headers.get('content-type'), 'application/json');
  assertEquals(headers.get('user-agent'), 'puppet-retry');
  assertEquals(headers.get('puppet-attempt'), '3');
  assertEquals(headers.get('webhook-id'), claimedJob().job_id);
});

Deno.test('during a rotation, each of the two secrets verifies', async () => {
  const { body, ...seen } = await received([CURRENT, FORMER]);
  const headers = Object.fromEntries(seen.headers);
  for (const secret of [CURRENT, FORMER]) {
    assertEquals(new Webhook(secret).verify(body, headers), JSON.parse(body));
  }
  assertEquals(headers['webhook-signature']?.split(' ').length, 2);
  assertThrows(() => new Webhook('whsec_b3RoZXI=').verify(body, headers));
  assertThrows(() => new Webhook(CURRENT).verify(`${body} `, headers));
});

Deno.test('without a secret, nothing is signed', async () => {
  const { headers } = await received([]);
  assertEquals(headers.has('webhook-signature'), false);
  assert(headers.has('webhook-timestamp'));
});

const limit = 64 * 1024;
const json = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

const results: [string, () => Response, unknown][] = [
  ['JSON', () => Response.json({ sent: [1, null] }), { sent: [1, null] }],
  ['JSON under another name', () => new Response('{"sent":1}'), { sent: 1 }],
  ['a 201', () => Response.json(1, { status: 201 }), 1],
  ['a 204', () => new Response(null, { status: 204 }), undefined],
  ['an empty body', () => new Response(''), undefined],
  ['text', () => new Response('ok, done'), undefined],
  ['broken JSON', () => new Response('{"sent":'), undefined],
  ['bytes that are no text', () => new Response(new Uint8Array([34, 255, 34])), undefined],
  ['64 kB', () => new Response(json(limit)), 'x'.repeat(limit - 2)],
  ['a byte over 64 kB', () => new Response(json(limit + 1)), undefined],
  ['JSON and a space over 64 kB', () => new Response(json(limit) + ' '), undefined],
];

for (const [label, answer, result] of results) {
  Deno.test(`an answer with ${label} completes the job`, async () => {
    assertEquals(await deliverTo(answer), result);
  });
}

Deno.test('a hundred small answers leave little garbage outside of the heap', async () => {
  const before = Deno.memoryUsage().external;
  let most = 0;
  for (let n = 0; n < 100; n++) {
    await deliverTo(() => n % 2 === 0 ? Response.json({ n }) : new Response('no', { status: 503 }))
      .catch(() => {});
    most = Math.max(most, Deno.memoryUsage().external - before);
  }
  // Buffers of 64 kB for each would be 13 MB.
  assert(most < 4e6, String(most));
});

Deno.test('an endless body is let go after 64 kB', async () => {
  const { promise: cancelled, resolve } = Promise.withResolvers<number>();
  let sent = 0;
  const endless = new ReadableStream({
    pull: (controller) => {
      sent += 4096;
      controller.enqueue(new Uint8Array(4096).fill(32));
    },
    cancel: () => resolve(sent),
  });
  assertEquals(await deliverTo(() => new Response(endless)), undefined);
  assert(await cancelled < 100 * limit);
});

const refusals: [number, ErrorType, string][] = [
  [301, 'validation_error', '301 Moved Permanently: redirects are not followed'],
  [302, 'validation_error', '302 Found: redirects are not followed'],
  [304, 'validation_error', '304 Not Modified'],
  [307, 'validation_error', '307 Temporary Redirect: redirects are not followed'],
  [400, 'validation_error', '400 Bad Request: because'],
  [401, 'authentication', '401 Unauthorized: because'],
  [403, 'permission', '403 Forbidden: because'],
  [404, 'temporary_error', '404 Not Found: because'],
  [405, 'temporary_error', '405 Method Not Allowed: because'],
  [409, 'temporary_error', '409 Conflict: because'],
  [410, 'validation_error', '410 Gone: because'],
  [422, 'validation_error', '422 '],
  [429, 'rate_limit', '429 Too Many Requests: because'],
  [500, 'temporary_error', '500 Internal Server Error: because'],
  [503, 'rate_limit', '503 Service Unavailable: because'],
  [504, 'timeout', '504 '],
];

for (const [status, errorType, message] of refusals) {
  Deno.test(`an answer ${status} is ${errorType}`, async () => {
    let calls = 0;
    const error = await thrownBy(() =>
      deliverTo(() => {
        calls++;
        const headers = { location: '/hook', 'retry-after': '9' };
        return new Response(status === 304 ? null : 'because', { status, headers });
      })
    );
    const failure = failureOf(error);
    assertEquals(calls, 1);
    assertEquals([failure.errorType, failure.status], [errorType, status]);
    assertEquals(failure.retryAfterSeconds, 9);
    assert(failure.message.startsWith(message), failure.message);
  });
}

Deno.test('a refusal is told up to 500 characters, whatever its length', async () => {
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('why?!')),
  });
  const error = await thrownBy(() => deliverTo(() => new Response(endless, { status: 400 })));
  assert(error instanceof DeliveryFailed);
  assertEquals(failureOf(error).message, '400 Bad Request: ' + 'why?!'.repeat(100));
});

Deno.test('secrets that an endpoint sends back are not told', async () => {
  const echo = 'e'.repeat(450) + ` ${CURRENT} ${FORMER.slice(6)}`;
  const secrets = [CURRENT, FORMER];
  const error = await thrownBy(() =>
    deliverTo(() => new Response(echo, { status: 400 }), { secrets })
  );
  const { message } = failureOf(error);
  for (const secret of secrets) assert(!message.includes(secret.slice(6, 14)), message);
});

Deno.test('a bad signing secret is retried, not told, and sends nothing', async () => {
  let calls = 0;
  const serve = () => new Response(String(++calls));
  for (const secrets of [['whsec_not base64'], [''], [CURRENT, FORMER, CURRENT]]) {
    const failure = failureOf(await thrownBy(() => deliverTo(serve, { secrets })));
    assertEquals(failure.errorType, 'temporary_error');
    assert(!failure.message.includes('not base64'), failure.message);
  }
  assertEquals(calls, 0);
});

/** Delivers to a TCP server that treats every socket by `serve`. */
function deliverToSocket(serve: ServeSocket, signal: AbortSignal = never): Promise<unknown> {
  return withSocketServer(serve, (port) => {
    const endpoint_url = `http://127.0.0.1:${port}/hook/path-key?token=query-key`;
    return deliverJob(claimedJob({ endpoint_url }), { ...local, signal });
  });
}

Deno.test('a socket that is closed is network, and the URL stays untold', async () => {
  const failure = failureOf(await thrownBy(() => deliverToSocket(closeSocket)));
  assertEquals(failure.errorType, 'network', failure.message);
  assert(failure.message.startsWith('Cannot reach 127.0.0.1:'), failure.message);
  assert(!/path-key|query-key/.test(failure.message), failure.message);
});

Deno.test('a refused port is network', async () => {
  const job = claimedJob({ endpoint_url: `http://127.0.0.1:${closedPort()}/path-key` });
  const failure = failureOf(await thrownBy(() => deliverJob(job, local)));
  assertEquals(failure.errorType, 'network', failure.message);
  assert(!failure.message.includes('path-key'), failure.message);
});

Deno.test('an endpoint that is slower than the signal is a timeout', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = () => controller.abort(new JobTimedOut(30));
  const error = await thrownBy(() => deliverToSocket(abort, signal));
  assertEquals(error, signal.reason);
  assertEquals(failureOf(error, { signal }).errorType, 'timeout');
});

Deno.test('a 2xx whose body never ends completes the job when the signal aborts', async () => {
  const controller = new AbortController();
  const result = await deliverToSocket(async (socket) => {
    await answerHalf(socket);
    setTimeout(() => controller.abort(new JobTimedOut(30)), 20);
  }, controller.signal);
  assertEquals(result, undefined);
});

Deno.test('a 2xx whose body breaks off completes the job', async () => {
  const result = await deliverToSocket(async (socket) => {
    await answerHalf(socket);
    closeSocket(socket);
  });
  assertEquals(result, undefined);
});

Deno.test('an aborted signal resolves and sends nothing', async () => {
  let calls = 0;
  const resolve = () => {
    calls++;
    return Promise.resolve(['10.0.0.1']);
  };
  const signal = AbortSignal.abort(new JobCancelled());
  const job = claimedJob({ endpoint_url: 'https://a.example/' });
  const error = await thrownBy(() => deliverJob(job, { ...local, resolve, signal }));
  assertEquals([error, calls], [signal.reason, 0]);
});

Deno.test('a resolver that hangs ends with the signal', async () => {
  const controller = new AbortController();
  const resolve = () => {
    queueMicrotask(() => controller.abort(new JobTimedOut(1)));
    return new Promise<string[]>(() => {});
  };
  const job = claimedJob({ endpoint_url: 'https://slow.example/' });
  const error = await thrownBy(() =>
    deliverJob(job, { ...local, resolve, signal: controller.signal })
  );
  assertEquals(error, controller.signal.reason);
});

Deno.test('an address that may not be called is refused before anything is sent', async () => {
  for (const endpoint_url of ['http://[::1]:9/', 'https://10.0.0.1/', null]) {
    await assertRejects(() => deliverJob(claimedJob({ endpoint_url }), local), EndpointRefused);
  }
});

Deno.test('a delivery over a connection that breaks is sent once', async () => {
  let requests = 0;
  const used = new WeakSet<object>();
  const server = createServer((request, response) => {
    requests++;
    // A kept connection breaks at its second request, before the answer.
    if (used.has(request.socket)) {
      request.socket.destroy();
    } else {
      used.add(request.socket);
      request.resume().on('end', () => response.end('{}'));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const job = claimedJob({ endpoint_url: `http://127.0.0.1:${port}/` });
  for (let delivery = 0; delivery < 6; delivery++) {
    await deliverJob(job, local).catch(() => {});
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assertEquals(requests, 6);
});
