import type { z } from 'zod';
import { PuppetRetryError } from './errors.ts';

/**
 * The input in the shape that it should have; `what` starts the message, as in "Cannot log an
 * attempt". Throws PuppetRetryError `invalid_input`, which names fields and never their values.
 */
export function checked<Value>(schema: z.ZodType<Value>, input: unknown, what: string): Value {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue && issue.path.length > 0 ? `'${issue.path.join('.')}': ` : '';
  throw new PuppetRetryError('invalid_input', `${what}: ${field}${issue?.message}`, {
    cause: parsed.error,
  });
}
