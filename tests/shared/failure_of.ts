import {
  type Classification,
  classifyError,
  type ClassifyOptions,
} from '../../shared/error_classification.ts';

/** What `classifyError` says about an error, which must not be one of our own wishes. */
export type Failure = Extract<Classification, { kind: 'error' }>;

/** Classifies `error`; throws when it is no error at all. */
export function failureOf(error: unknown, options?: ClassifyOptions): Failure {
  const found = classifyError(error, options);
  if (found.kind === 'error') return found;
  throw new Error(`Expected an error: found ${found.kind}`);
}

/** Returns what `run` throws or rejects with; throws when it does neither. */
export async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('Expected an error: nothing was thrown');
}
