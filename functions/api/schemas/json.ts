import { z } from '@hono/zod-openapi';
import type { Json } from '../../../shared/database.types.ts';

/** A JSON object, which is passed on unread. */
export const jsonObject = z.custom<Record<string, Json>>(
  (value) => typeof value === 'object' && value !== null,
).openapi({ type: 'object', additionalProperties: {} });

/** Any JSON value, which is passed on unread. */
export const anyJson = z.custom<Json>((value) => value !== undefined).openapi({
  type: ['object', 'array', 'string', 'number', 'boolean', 'null'],
});
