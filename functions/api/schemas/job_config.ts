import { z } from '@hono/zod-openapi';
import type { Json } from '../../../shared/database.types.ts';
import { isStorableText } from './storable.ts';

/** Deepest nesting of a job's config. */
const MAX_DEPTH = 100;

/** What a handler gets: a JSON object, which is stored just as it was sent or refused. */
export const jobConfigSchema = z.custom<Record<string, Json>>().superRefine((config, context) => {
  const message = faultOf(config);
  if (message) context.addIssue({ code: 'custom', message });
}).openapi({ type: 'object', additionalProperties: {} });

/** Level by level, since recursion would end in the very overflow that this keeps out. */
function faultOf(config: unknown): string | undefined {
  if (!isObject(config) || Array.isArray(config)) return 'must be an object';
  let level: object[] = [config];
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const parts = level.flatMap(partsOf);
    const fault = parts.map(faultOfPart).find(Boolean);
    if (fault) return fault;
    level = parts.filter(isObject);
    if (level.length === 0) return undefined;
  }
  return `must not be nested deeper than ${MAX_DEPTH}`;
}

/** The entries of an array, or the names and values of an object. */
function partsOf(value: object): unknown[] {
  return Array.isArray(value) ? value : Object.entries(value).flat(1);
}

function faultOfPart(part: unknown): string | undefined {
  if (typeof part === 'string' && !isStorableText(part)) {
    return 'must have no text with NUL characters or halves of surrogate pairs';
  }
  if (typeof part === 'number' && !isExact(part)) {
    return `must have no number beyond ±${Number.MAX_SAFE_INTEGER}, where JavaScript reads ` +
      'another one than was sent: send it as a string';
  }
  return undefined;
}

/** Whole numbers above 2^53 - 1 stand for several that may have been sent. */
function isExact(number: number): boolean {
  return Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
