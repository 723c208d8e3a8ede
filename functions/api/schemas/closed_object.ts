import { z } from '@hono/zod-openapi';

/** How the message about an unknown field begins; it never has the field, which the caller chose. */
export const UNKNOWN_FIELD = 'has a field that is not known';

/** An object of these fields and no others; who sends another one is told which there are. */
export function closedObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const message = `${UNKNOWN_FIELD}; known are ${Object.keys(shape).join(', ')}`;
  return z.strictObject(shape, {
    error: ({ code }) => code === 'unrecognized_keys' ? message : undefined,
  });
}
