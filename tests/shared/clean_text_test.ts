import { assert, assertEquals } from '../assert.ts';
import { cleanJson, cleanText } from '../../shared/clean_text.ts';

const bytes = (text: string) => new TextEncoder().encode(text).length;

Deno.test('cleanText removes NUL and replaces lone surrogates', () => {
  assertEquals(cleanText('a\0b\uD800c\uDC00'), 'ab\uFFFDc\uFFFD');
  assertEquals(cleanText('😀 whole pairs stay'), '😀 whole pairs stay');
});

Deno.test('cleanText keeps to its bytes and never cuts a character in two', () => {
  for (const text of ['é'.repeat(50), '😀'.repeat(50), 'a'.repeat(90), '€\uD83Dx'.repeat(20)]) {
    for (let limit = 0; limit < 90; limit++) {
      const clean = cleanText(text, limit);
      assert(bytes(clean) <= limit, `${bytes(clean)} bytes for ${limit}`);
      assert(bytes(clean) > limit - 4, `${bytes(clean)} bytes waste room for ${limit}`);
      assert(clean.isWellFormed());
    }
  }
  assertEquals(cleanText('short', 8192), 'short');
});

Deno.test('cleanJson cleans strings and keys at every depth', () => {
  const dirty = { 'k\0ey': ['a\0', { '\uD800': '\uDFFF' }], n: 1, t: true, z: null };
  const clean = { key: ['a', { '\uFFFD': '\uFFFD' }], n: 1, t: true, z: null };
  assertEquals(cleanJson(dirty, 1000), clean);
});

Deno.test('cleanJson follows JSON for what JSON cannot hold', () => {
  const date = new Date('2026-01-02T03:04:05Z');
  const value = { f: () => 1, u: undefined, s: Symbol('x'), a: [undefined, () => 1, NaN], date };
  assertEquals(cleanJson(value, 1000), { a: [null, null, null], date: '2026-01-02T03:04:05.000Z' });
  assertEquals(cleanJson(12345678901234567890n, 1000), '12345678901234567890');
  assertEquals(cleanJson(new Date(NaN), 1000), null);
  assertEquals(cleanJson(undefined, 1000), undefined);
  assertEquals(cleanJson(() => 1, 1000), undefined);
});

Deno.test('cleanJson survives cycles, but repeats what is only shared', () => {
  const shared = { x: 1 };
  const value: Record<string, unknown> = { a: shared, b: shared };
  value.self = value;
  assertEquals(cleanJson(value, 1000), { a: { x: 1 }, b: { x: 1 }, self: '[Circular]' });
});

Deno.test('cleanJson survives depth', () => {
  let value: unknown = 'bottom';
  for (let i = 0; i < 100_000; i++) value = [value];
  const clean = JSON.stringify(cleanJson(value, 10_000));
  assert(clean.includes('[Too deep]'));
  assertEquals(clean.indexOf('"'), 100);
});

Deno.test('cleanJson survives values that throw', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const value = {
    a: {
      toJSON() {
        throw new Error('no');
      },
    },
    get b() {
      throw new Error('no');
    },
    c: proxy,
    d: 'kept',
  };
  assertEquals(cleanJson(value, 1000), {
    a: '[Unreadable]',
    b: '[Unreadable]',
    c: '[Unreadable]',
    d: 'kept',
  });
});

Deno.test('cleanJson bounds toJSON that never ends and shared references that multiply', () => {
  const endless = { toJSON: (): unknown => ({ ...endless }) };
  assertEquals(cleanJson(endless, 1000), '[Too deep]');
  let bomb: unknown = ['x'.repeat(100)];
  for (let i = 0; i < 60; i++) bomb = [bomb, bomb];
  const clean = cleanJson(bomb, 1000);
  assert(typeof clean === 'object' && clean !== null && 'truncated' in clean);
  const sparse = cleanJson(new Array(2 ** 32 - 1), 1000);
  assert(typeof sparse === 'object' && sparse !== null && 'truncated' in sparse);
});

Deno.test('cleanJson says how large a value over the limit was, in bytes of UTF-8', () => {
  assertEquals(cleanJson('é'.repeat(10), 22), 'é'.repeat(10));
  assertEquals(cleanJson('é'.repeat(10), 21), { truncated: true, bytes: 22 });
  assertEquals(cleanJson({ a: 'x'.repeat(10_000_000) }, 65536), {
    truncated: true,
    bytes: 10_000_008,
  });
});

Deno.test('cleanJson keeps a key named __proto__ a plain key', () => {
  const clean = cleanJson(JSON.parse('{"__proto__": {"admin": true}}'), 1000);
  assertEquals(JSON.stringify(clean), '{"__proto__":{"admin":true}}');
  assertEquals(Reflect.get(Object(clean), 'admin'), undefined);
});
