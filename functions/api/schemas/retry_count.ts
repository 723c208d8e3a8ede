import { z } from '@hono/zod-openapi';

const SIGNS: Record<string, (count: number) => { least?: number; most?: number }> = {
  '': (count) => ({ least: count, most: count }),
  // `retryCount=>5` was always read as one reads it aloud: at least 5.
  '>': (count) => ({ least: count }),
  '>=': (count) => ({ least: count }),
  '<': (count) => ({ most: count }),
  '<=': (count) => ({ most: count }),
  'eq.': (count) => ({ least: count, most: count }),
  'gt.': (count) => ({ least: count + 1 }),
  'gte.': (count) => ({ least: count }),
  'lt.': (count) => ({ most: count - 1 }),
  'lte.': (count) => ({ most: count }),
};

const PATTERN = /^(|>=?|<=?|(?:eq|gte?|lte?)\.)(\d{1,9})$/;

/** A filter on retry_count: `5`, `>5` (at least 5), `<5` (at most 5), `gt.5`, `gte.5`, … */
export const retryCountFilter = z.string().regex(PATTERN, 'must be as in 5, >5, gt.5 or lte.5')
  .transform((text) => {
    const [, sign = '', digits] = PATTERN.exec(text) ?? [];
    return SIGNS[sign]?.(Number(digits)) ?? {};
  })
  .openapi({
    type: 'string',
    description: '5: exactly; >5: at least 5; <5: at most 5; gt. gte. lt. lte. as in PostgREST',
    example: '>5',
  });
