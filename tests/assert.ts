import * as std from 'deno-std/assert/mod.js';

// Deno's std comes without types on npm; these are those of the assertions that the tests use.
type ErrorClass = abstract new (...args: never[]) => Error;

export const assert: (condition: unknown, message?: string) => asserts condition = std.assert;
export const assertEquals: (actual: unknown, expected: unknown, message?: string) => void =
  std.assertEquals;
export const assertThrows: (
  body: () => unknown,
  errorClass?: ErrorClass,
  messageIncludes?: string,
) => unknown = std.assertThrows;
export const assertRejects: (
  body: () => PromiseLike<unknown>,
  errorClass?: ErrorClass,
  messageIncludes?: string,
) => Promise<Error> = std.assertRejects;
