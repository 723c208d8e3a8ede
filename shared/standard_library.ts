import { retry as stdRetry, RetryError as StdRetryError } from 'deno-std/async/retry.js';

// Deno's std comes without types on npm: what this folder uses of it gets them here.

/** How often and with which waits (ms) to try; waits grow by `multiplier`, with full jitter. */
export interface RetryOptions {
  maxAttempts: number;
  minTimeout: number;
  maxTimeout: number;
  multiplier: number;
  isRetriable(error: unknown): boolean;
}

/** Calls until it succeeds; throws what is not retriable, or a RetryError with the last `cause`. */
export const retry: <Result>(
  call: () => Promise<Result>,
  options: RetryOptions,
) => Promise<Result> = stdRetry;

export const RetryError: new (cause: unknown, attempts: number) => Error = StdRetryError;
