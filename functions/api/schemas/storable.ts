import { z } from '@hono/zod-openapi';

/** Longer ones have fractions that nobody needs, and more than Postgres reads. */
const MAX_MOMENT_LENGTH = 40;

const strictMoment = z.iso.datetime({ offset: true });
const strictDate = z.iso.date();

/** A text of `min` to `max` characters that Postgres can hold. */
export function storableText(max: number, min = 1) {
  return z.string().min(min).max(max).refine(isStorableText, {
    message: 'must have neither NUL characters nor halves of surrogate pairs',
  });
}

/** A moment that Postgres can hold: ISO 8601 with an offset. */
export const storableMoment = z.string().refine(isStorableMoment, {
  message: 'must be a time with an offset, like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00',
}).openapi({ format: 'date-time', example: '2026-01-31T12:00:00Z' });

/** Whether Postgres can hold the text. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Whether Postgres can hold the moment: it knows no year 0 and no offset of 16 hours or more. */
export function isStorableMoment(text: string): boolean {
  return text.length <= MAX_MOMENT_LENGTH && strictMoment.safeParse(text).success &&
    !text.startsWith('0000') && !/[+-](1[6-9]|2\d):\d\d$/.test(text);
}

/** Whether Postgres can hold the date. */
export function isStorableDate(text: string): boolean {
  return strictDate.safeParse(text).success && !text.startsWith('0000');
}
