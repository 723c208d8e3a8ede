import { assertEquals } from '../assert.ts';
import { headerReader, readRateLimitReset, readRetryAfter } from '../../shared/retry_after.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const YEAR = 365 * 24 * 3600;

const waits: [Record<string, string>, number | undefined][] = [
  [{}, undefined],
  [{ 'retry-after': '120' }, 120],
  [{ 'retry-after': ' 7 ' }, 7],
  [{ 'retry-after': '1.2' }, 2],
  [{ 'retry-after': '30s' }, 30],
  [{ 'retry-after': '5, 10' }, 5],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '-5' }, 0],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': 'soon 5' }, undefined],
  [{ 'retry-after': '1e3' }, undefined],
  [{ 'retry-after': '0x10' }, undefined],
  [{ 'retry-after': 'Infinity' }, undefined],
  [{ 'retry-after': '9'.repeat(15) }, YEAR],
  [{ 'retry-after': '9'.repeat(400) }, undefined],
  [{ 'retry-after': 'Tue, 24 Nov 2026 12:01:30 GMT' }, 90],
  [{ 'retry-after': 'Tuesday, 24-Nov-26 12:01:30 GMT' }, 90],
  [{ 'retry-after': 'Tue Nov 24 12:01:30 2026' }, 90],
  [{ 'retry-after': '2026-11-24T12:01:30Z' }, 90],
  [{ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, YEAR],
  [{ 'retry-after': 'Foo, 99 Bar 2026 99:99:99 GMT' }, undefined],
  // The response's own clock is years behind ours, and its date is meant by that clock.
  [
    {
      'retry-after': 'Wed, 01 Jan 2020 00:02:00 GMT',
      date: 'Wed, 01 Jan 2020 00:00:00 GMT',
    },
    120,
  ],
  [{ 'retry-after-ms': '1500', 'retry-after': '60' }, 2],
  [{ 'retry-after-ms': 'x', 'retry-after': '60' }, 60],
];

for (const [headers, expected] of waits) {
  Deno.test(`Retry-After of ${JSON.stringify(headers).slice(0, 80)} is ${expected}`, () => {
    assertEquals(readRetryAfter(headerReader(headers), NOW), expected);
  });
}

const resets: [Record<string, string>, number | undefined][] = [
  [{}, undefined],
  [{ 'x-ratelimit-reset': '42' }, 42],
  [{ 'x-ratelimit-reset': String(NOW / 1000 + 90) }, 90],
  [{ 'x-ratelimit-reset': String(NOW + 90_000) }, 90],
  [{ 'x-ratelimit-reset': String(NOW / 1000 - 90) }, 0],
  [{ 'x-ratelimit-reset': '2026-11-24T12:01:30Z' }, 90],
  [{ 'x-ratelimit-reset': 'later' }, undefined],
  [{ 'x-rate-limit-reset': String(NOW / 1000 + 15) }, 15],
  [{ 'ratelimit-reset': '8' }, 8],
  [{ 'ratelimit-reset': String(NOW / 1000 + 8) }, 8],
  [{ ratelimit: '"default";r=0;t=31' }, 31],
  [{ 'x-ratelimit-reset-after': '1.25', 'x-ratelimit-reset': String(NOW / 1000 + 900) }, 2],
  [{ 'x-ratelimit-reset': '1577836920', date: 'Wed, 01 Jan 2020 00:00:00 GMT' }, 120],
];

for (const [headers, expected] of resets) {
  Deno.test(`the rate limit of ${JSON.stringify(headers)} ends in ${expected} s`, () => {
    assertEquals(readRateLimitReset(headerReader(headers), NOW), expected);
  });
}

Deno.test('headers are read from Headers of any make, Map and objects in any letter case', () => {
  for (
    const entries of [{ 'Retry-After': '3' }, { 'retry-after': ['3', '9'] }, { 'RETRY-AFTER': 3 }]
  ) {
    assertEquals(headerReader(entries)('retry-after'), '3');
    assertEquals(headerReader(new Map(Object.entries(entries)))('retry-after'), '3');
  }
  assertEquals(headerReader(new Headers({ 'Retry-After': '3' }))('retry-after'), '3');
  // As those of npm's undici and node-fetch, which are no global Headers.
  const others = new class {
    *[Symbol.iterator]() {
      yield ['Retry-After', '3'];
    }
  }();
  assertEquals(headerReader(others)('retry-after'), '3');
});

Deno.test('headers that cannot be read are no headers', () => {
  const hostile = new Proxy({}, {
    ownKeys() {
      throw new Error('no');
    },
  });
  for (
    const source of [null, undefined, 'retry-after: 3', 7, hostile, { 'retry-after': Symbol() }]
  ) {
    assertEquals(readRetryAfter(headerReader(source), NOW), undefined);
  }
});
