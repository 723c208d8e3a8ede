import { z } from '@hono/zod-openapi';
import type { Json } from '../../../shared/database.types.ts';

/** Any JSON value, which is passed on unread. */
export const anyJson = z.custom<Json>().openapi({
  type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
});
