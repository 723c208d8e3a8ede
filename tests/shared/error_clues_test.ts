import { assert, assertEquals } from '../assert.ts';
import { ERROR_TYPES } from '../../shared/error_classification.ts';
import { failureOf } from './failure_of.ts';

Deno.test('messages are bounded and clean', () => {
  const found = failureOf(new Error('\0\uD800' + '€'.repeat(100_000)));
  const bytes = new TextEncoder().encode(found.message).length;
  assert(bytes <= 8192 && bytes > 8100, `${bytes} bytes`);
  assert(found.message.startsWith('\uFFFD€') && found.message.isWellFormed());
});

Deno.test('chains may be circular, deep and wide', () => {
  const circular: Error = new Error('round');
  circular.cause = circular;
  assertEquals(failureOf(circular).message, 'round');
  let deep: Error = Object.assign(new Error(), { code: 'ECONNREFUSED' });
  for (let i = 0; i < 300; i++) deep = new Error('deeper', { cause: deep });
  const found = failureOf(deep);
  assertEquals(found.errorType, 'network');
  const wide = new AggregateError(Array.from({ length: 100_000 }, () => new Error('one')));
  assertEquals(failureOf(wide).errorType, 'unknown_error');
});

const refuse = () => {
  throw new Error('no');
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const hostile: [string, unknown][] = [
  [
    'a proxy whose every trap throws',
    new Proxy({}, { get: refuse, getPrototypeOf: refuse, ownKeys: refuse }),
  ],
  ['a revoked proxy', revoked.proxy],
  [
    'an error with throwing getters',
    Object.defineProperties(new Error(), {
      message: { get: refuse },
      name: { get: refuse },
      cause: { get: refuse },
      status: { get: refuse },
    }),
  ],
  ['an error behind a revoked proxy', new Error('x', { cause: revoked.proxy })],
  [
    'revoked errors',
    Object.assign(new Error('x'), { errors: revoked.proxy, issues: revoked.proxy }),
  ],
  ['a path that has no text', { issues: [{ message: 'm', path: [Object.create(null)] }] }],
  ['an object without a prototype', Object.create(null)],
  ['a function', refuse],
  ['a name that is no text', Object.assign(new Error('x'), { name: 7, code: {}, status: [] })],
  ['headers that throw', { status: 429, headers: new Proxy({}, { ownKeys: refuse }) }],
];

for (const [label, error] of hostile) {
  Deno.test(`${label} does not make classification throw`, () => {
    const found = failureOf(error);
    assert(found.message !== '');
    assert(ERROR_TYPES.includes(found.errorType));
  });
}
