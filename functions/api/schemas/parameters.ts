import { z } from '@hono/zod-openapi';
import { dateInUtc } from '../../../shared/utc_date.ts';
import { closedObject } from './closed_object.ts';
import { isStorableDate, isStorableMoment, storableText } from './storable.ts';

/** A job's id in a path. */
export const jobPath = z.object({
  jobId: z.guid().openapi({ param: { name: 'jobId', in: 'path' } }),
});

/** A job type: the text as it is, 1 to 100 characters. */
export const jobTypeSchema = storableText(100);

/** A moment in a query: ISO 8601 with an offset, or a date, which means its midnight in UTC. */
export const moment = z.string().refine(
  (text) => isStorableMoment(text) || isStorableDate(text),
  {
    message: 'must be a time like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00%2B01:00 ' +
      '(a + is sent as %2B), or a date',
  },
).transform(dateInUtc).openapi({
  type: 'string',
  description: 'ISO 8601 with an offset (a + must be sent as %2B), or a date (midnight UTC)',
  example: '2026-01-31T12:00:00Z',
});

/** A whole number in a query, from `min` to `max`. */
export function wholeNumber(min: number, max: number) {
  return z.string().regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

/** True or false in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true').openapi({
  type: 'boolean',
});

/** A query in which nothing unknown is passed over. */
export function query<Shape extends z.ZodRawShape>(shape: Shape) {
  return closedObject({
    ...shape,
    forceFunctionRegion: z.string().optional().openapi({
      description: 'Sent by supabase-js where a region is chosen; not looked at',
    }),
  });
}

/** Whether the window, in which startDate lies and endDate does not, can hold a moment. */
export function isWindow(
  { startDate, endDate }: { startDate?: string | undefined; endDate?: string | undefined },
) {
  return startDate === undefined || endDate === undefined ||
    !(Date.parse(startDate) >= Date.parse(endDate));
}

/** What is said of a window that ends before it begins. */
export const NO_WINDOW = { path: ['endDate'], message: 'must be after startDate' };
