import { assertEquals } from '../assert.ts';
import { z } from 'zod';
import { failureOf } from './failure_of.ts';
import {
  classifyError,
  type ErrorType,
  JobCancelled,
  JobReleased,
  JobTimedOut,
} from '../../shared/error_classification.ts';

type Case = [label: string, error: unknown, errorType: ErrorType, message: string];

const coded = (code: string, message = 'it broke') => Object.assign(new Error(message), { code });
const named = (name: string, message = 'it broke') => Object.assign(new Error(message), { name });
const answered = (status: number, headers = {}, message = 'it broke') =>
  Object.assign(new Error(message), { response: { status, headers } });
const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};
const zodError = z.object({ a: z.string(), b: z.object({ c: z.number() }) }).safeParse({ b: {} })
  .error;

const cases: Case[] = [
  ['an abort that is not ours', new DOMException('stop', 'AbortError'), 'timeout', 'stop'],
  ['a TimeoutError', new DOMException('late', 'TimeoutError'), 'timeout', 'late'],
  ['our deadline', new JobTimedOut(30), 'timeout', 'Timed out after 30 s'],
  ['a statement timeout', coded('57014'), 'timeout', 'it broke (57014)'],
  ['a connect timeout of undici', coded('UND_ERR_CONNECT_TIMEOUT'), 'timeout', 'UND_ERR_CONNECT'],
  ['a timeout of axios', coded('ECONNABORTED', 'timeout of 5000ms exceeded'), 'timeout', '5000ms'],
  ['a wait for a PostgREST connection', { code: 'PGRST003', message: 'm' }, 'timeout', 'm (PGRST'],
  ['words about time', 'Network timeout occurred', 'timeout', 'Network timeout occurred'],
  ['more words about time', new Error('Request timed out'), 'timeout', 'Request timed out'],

  ['a refused connection', coded('ECONNREFUSED'), 'network', 'it broke (ECONNREFUSED)'],
  ['a closed pool', coded('CONNECTION_ENDED'), 'network', 'it broke (CONNECTION_ENDED)'],
  ['an expired certificate', coded('CERT_HAS_EXPIRED'), 'network', 'CERT_HAS_EXPIRED'],
  ['a closed socket of undici', coded('UND_ERR_SOCKET'), 'network', 'UND_ERR_SOCKET'],
  ['a fetch of Chrome', new TypeError('Failed to fetch'), 'network', 'Failed to fetch'],
  ['a mail server that is away', coded('ECONNECTION'), 'network', 'ECONNECTION'],
  ['words about sockets', 'socket hang up', 'network', 'socket hang up'],
  ['a code in words', 'connect ECONNREFUSED 10.0.0.1:5432', 'network', 'connect ECONNREFUSED'],
  ['a fetch error as text', 'TypeError: fetch failed', 'network', 'fetch failed'],
  [
    'a refusal deep in a chain',
    new Error('a', { cause: new Error('b', { cause: { cause: coded('ECONNREFUSED', 'c') } }) }),
    'network',
    'a',
  ],
  [
    'a fetch of Node',
    new TypeError('fetch failed', { cause: coded('ECONNREFUSED', 'connect ECONNREFUSED ::1:9') }),
    'network',
    'fetch failed: connect ECONNREFUSED ::1:9',
  ],
  [
    'both families refused',
    new AggregateError([coded('ECONNREFUSED', 'on ::1'), coded('ECONNREFUSED', 'on 127.0.0.1')]),
    'network',
    'on ::1; on 127.0.0.1 (ECONNREFUSED)',
  ],

  ['a thrown 429', 429, 'rate_limit', 'HTTP 429'],
  ['a 429 of axios', answered(429), 'rate_limit', 'it broke (HTTP 429)'],
  ['a 429 behind an error', new Error('a', { cause: answered(429) }), 'rate_limit', 'a: it broke'],
  ['a 503 that says when', answered(503, { 'Retry-After': '5' }), 'rate_limit', '(HTTP 503)'],
  ['a 403 about quota', answered(403, {}, 'User Rate Limit Exceeded'), 'rate_limit', 'User Rate'],
  ['a limit of Supabase Auth', coded('over_request_rate_limit'), 'rate_limit', 'over_request'],
  ['a limit of AWS', named('ThrottlingException'), 'rate_limit', 'it broke'],
  ['words about requests', 'Too many requests, slow down', 'rate_limit', 'Too many'],
  ['words about quota', new Error('Quota exceeded for metric'), 'rate_limit', 'Quota exceeded'],
  ['a status in words', new Error('Request failed with status code 429'), 'rate_limit', 'Request'],
  ['a limit over a failed fetch', new Error('rate limit exceeded'), 'rate_limit', 'rate limit'],

  ['a 500', { status: 500, message: 'oops' }, 'temporary_error', 'oops (HTTP 500)'],
  ['a 503', new Response(null, { status: 503, statusText: 'Away' }), 'temporary_error', 'Away'],
  ['a 409', { statusCode: '409', message: 'busy' }, 'temporary_error', 'busy (HTTP 409)'],
  ['a deadlock', coded('40P01'), 'temporary_error', 'it broke (40P01)'],
  ['a schema cache', { code: 'PGRST002', message: 'm' }, 'temporary_error', 'm (PGRST002)'],
  ['a status raised in SQL', { code: 'PT503', message: 'm' }, 'temporary_error', 'm'],
  ['a status line', 'HTTP/1.1 502 Bad Gateway', 'temporary_error', 'HTTP/1.1 502'],
  ['words about service', 'Service temporarily unavailable', 'temporary_error', 'Service'],

  ['a 401', answered(401), 'authentication', 'it broke (HTTP 401)'],
  ['an old JWT', { code: 'PGRST303', message: 'JWT expired' }, 'authentication', 'JWT expired'],
  ['a mail password', coded('EAUTH'), 'authentication', 'it broke (EAUTH)'],
  ['a 402', answered(402, {}, 'quota exceeded'), 'permission', 'quota exceeded'],
  ['a 403', answered(403), 'permission', 'it broke (HTTP 403)'],
  ['row level security', coded('42501'), 'permission', 'it broke (42501)'],
  ['a denied file', new Deno.errors.PermissionDenied('no'), 'permission', 'no'],

  ['a 400', answered(400), 'validation_error', 'it broke (HTTP 400)'],
  ['a 404', answered(404), 'validation_error', 'it broke (HTTP 404)'],
  ['a 404 in words', '404 Not Found', 'validation_error', '404 Not Found'],
  [
    'a duplicate with its 409',
    { code: '23505', message: 'm', status: 409 },
    'validation_error',
    'm',
  ],
  ['no single row', { code: 'PGRST116', message: 'm' }, 'validation_error', 'm (PGRST116)'],
  [
    'zod',
    zodError,
    'validation_error',
    'a: Invalid input: expected string, received undefined; b.c',
  ],
  [
    'issues of another schema library',
    { issues: [{ path: ['a'], message: 'bad' }] },
    'validation_error',
    'a: bad',
  ],

  ['a null', null, 'unknown_error', 'Thrown: null'],
  ['nothing', undefined, 'unknown_error', 'Thrown without a message: undefined'],
  ['an empty string', '', 'unknown_error', 'An empty string was thrown'],
  ['a number', 42, 'unknown_error', 'Thrown: 42'],
  ['a bigint', 42n, 'unknown_error', 'Thrown: "42"'],
  ['a symbol', Symbol('x'), 'unknown_error', 'Thrown without a message: symbol'],
  ['an object', { foo: 1 }, 'unknown_error', 'Thrown: {"foo":1}'],
  ['an empty object', {}, 'unknown_error', 'Thrown without a message: an empty object'],
  ['a plain error', new Error('Boom'), 'unknown_error', 'Boom'],
  ['an error of its own kind', named('LedgerError', 'Boom'), 'unknown_error', 'LedgerError: Boom'],
  ['an exit code', { status: 1, message: 'exit' }, 'unknown_error', 'exit'],
  ['a 3xx', answered(302), 'unknown_error', 'it broke (HTTP 302)'],
  ['a missing table', coded('42P01'), 'unknown_error', 'it broke (42P01)'],
  ['an SMTP reply', new Error('450 Requested action not taken'), 'unknown_error', '450 Requested'],
  ['a count', new Error('404 of 500 mails were sent'), 'unknown_error', '404 of 500'],
  [
    'a missing method',
    thrownBy(() => Reflect.apply(Reflect.get({}, 'timeout'), {}, [])),
    'unknown_error',
    'TypeError: ',
  ],
  [
    'a programming error with telling words',
    new TypeError('timeout is not a function'),
    'unknown_error',
    'TypeError: timeout',
  ],
  ['its text', 'TypeError: network error is not a function', 'unknown_error', 'TypeError: network'],
  ['a bad URL', thrownBy(() => new URL('/timeout')), 'unknown_error', 'TypeError: Invalid URL'],
  ['not JSON', thrownBy(() => JSON.parse('rate limit')), 'unknown_error', 'SyntaxError: '],
  [
    'a URL with telling words',
    new Error('No item at https://a.example/timeout/rate-limit'),
    'unknown_error',
    'No item',
  ],

  ['a declared type', { errorType: 'permission', message: 'no' }, 'permission', 'no'],
  ['a type that does not exist', { errorType: 'gone', message: 'no' }, 'unknown_error', 'no'],
];

for (const [label, error, errorType, message] of cases) {
  Deno.test(`${label} is ${errorType}`, () => {
    const found = failureOf(error);
    assertEquals(
      [found.errorType, found.message.includes(message)],
      [errorType, true],
      found.message,
    );
  });
}

const delivered: [number, ErrorType][] = [
  [301, 'validation_error'],
  [302, 'validation_error'],
  [400, 'validation_error'],
  [401, 'authentication'],
  [403, 'permission'],
  [404, 'temporary_error'],
  [405, 'temporary_error'],
  [408, 'timeout'],
  [410, 'validation_error'],
  [422, 'validation_error'],
  [429, 'rate_limit'],
  [500, 'temporary_error'],
  [504, 'timeout'],
];

for (const [status, errorType] of delivered) {
  Deno.test(`on delivery, ${status} is ${errorType}`, () => {
    const found = failureOf(answered(status), { delivery: true });
    assertEquals(found.errorType, errorType);
  });
}

Deno.test('code, status and wait come along', () => {
  const cause = Object.assign(answered(429, { 'retry-after': '17' }), { code: 'ERR_BAD_REQUEST' });
  assertEquals(classifyError(new Error('Outreach failed', { cause })), {
    kind: 'error',
    errorType: 'rate_limit',
    message: 'Outreach failed: it broke (HTTP 429) (ERR_BAD_REQUEST)',
    retryAfterSeconds: 17,
    code: 'ERR_BAD_REQUEST',
    status: 429,
  });
});

Deno.test('a wait is read from the error itself', () => {
  for (const wait of [{ retryAfterSeconds: 9 }, { retry_after: 8.2 }, { retryAfterMs: 8500 }]) {
    const found = failureOf(Object.assign(new Error('slow'), wait));
    assertEquals(found.retryAfterSeconds, 9);
  }
});

Deno.test('X-RateLimit-Reset is a wait only when the limit is what failed', () => {
  const headers = { 'x-ratelimit-reset': '90' };
  const limited = failureOf(answered(429, headers));
  const broken = failureOf(answered(500, headers));
  assertEquals(limited.retryAfterSeconds, 90);
  assertEquals(broken.retryAfterSeconds, undefined);
});

Deno.test('our own cancel and release are no errors, whatever the handler throws', () => {
  const thrown = [
    new Error('wrapped'),
    new DOMException('x', 'AbortError'),
    { code: '23505', message: 'm' },
    null,
  ];
  for (const error of thrown) {
    const cancelled = AbortSignal.abort(new JobCancelled());
    const released = AbortSignal.abort(new JobReleased());
    assertEquals(classifyError(error, { signal: cancelled }), { kind: 'cancelled' });
    assertEquals(classifyError(error, { signal: released }), { kind: 'released' });
  }
  const wrapped = new Error('stopped', { cause: new JobCancelled() });
  assertEquals(classifyError(wrapped), { kind: 'cancelled' });
  assertEquals(classifyError(new JobReleased()), { kind: 'released' });
});

Deno.test('only the class makes a cancel, not its name', () => {
  assertEquals(classifyError(named('JobCancelled')).kind, 'error');
});

Deno.test('after our deadline, what the handler throws is a timeout', () => {
  const signal = AbortSignal.abort(new JobTimedOut(5));
  const found = failureOf(new Error('Could not send'), { signal });
  assertEquals(found.errorType, 'timeout');
  assertEquals(found.message, 'Timed out after 5 s: Could not send');
  const itself = failureOf(signal.reason, { signal });
  assertEquals(itself.message, 'Timed out after 5 s');
});

Deno.test('a signal that has not aborted changes nothing', () => {
  const { signal } = new AbortController();
  const found = failureOf(new Error('x'), { signal });
  assertEquals(found.errorType, 'unknown_error');
});

Deno.test('of the members of an AggregateError, the one that can be retried counts', () => {
  const found = failureOf(new AggregateError([answered(400), coded('ECONNRESET')]));
  assertEquals(found.errorType, 'network');
});

Deno.test('an outer fact beats an inner one', () => {
  const error = Object.assign(new Error('a', { cause: coded('ECONNRESET') }), { status: 401 });
  const found = failureOf(error);
  assertEquals(found.errorType, 'authentication');
});
