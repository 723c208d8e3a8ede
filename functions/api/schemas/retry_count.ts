import { z } from '@hono/zod-openapi';

const COMPARISONS: Record<string, 'eq' | 'gt' | 'gte' | 'lt' | 'lte'> = {
  '': 'eq',
  // `retryCount=>5` was always read as one reads it aloud: at least 5.
  '>': 'gte',
  '>=': 'gte',
  '<': 'lte',
  '<=': 'lte',
  'eq.': 'eq',
  'gt.': 'gt',
  'gte.': 'gte',
  'lt.': 'lt',
  'lte.': 'lte',
};

const PATTERN = /^(|>=?|<=?|(?:eq|gte?|lte?)\.)(\d{1,9})$/;

/** A filter on retry_count: `5`, `>5` (at least 5), `<5` (at most 5), `gt.5`, `gte.5`, … */
export const retryCountFilter = z.string().regex(PATTERN, 'must be as in 5, >5, gt.5 or lte.5')
  .transform((text) => {
    const [, sign = '', digits] = PATTERN.exec(text) ?? [];
    return { comparison: COMPARISONS[sign] ?? 'eq', value: Number(digits) };
  })
  .openapi({
    type: 'string',
    description: '5: exactly; >5: at least 5; <5: at most 5; gt. gte. lt. lte. as in PostgREST',
    example: '>5',
  });
