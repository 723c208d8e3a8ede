import { z } from '@hono/zod-openapi';

/**
 * A moment in an answer. Whatever the database holds is answered, `infinity` and the year 10000
 * too, so it is any text.
 */
export const answeredMoment = z.string().openapi({
  description: 'ISO 8601 with an offset',
  example: '2026-01-31T12:00:00+00:00',
});

/** A number in an answer; null also for the infinities and NaN, which JSON has not. */
export const answeredNumber = z.custom<unknown>((value) => value !== undefined)
  .transform((value) => typeof value === 'number' && Number.isFinite(value) ? value : null)
  .openapi({ type: ['number', 'null'] });
