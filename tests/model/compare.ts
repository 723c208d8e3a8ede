import { earliest, latest, type Span } from './moments.ts';

function isSpan(value: unknown): value is Span {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value;
}

/** JSON with sorted keys, so that equal values have equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, inner) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1))
        : inner,
  ) ?? 'undefined';
}

/** True where the value seen is the one expected, or lies in the span expected. */
export function agrees(expected: unknown, seen: unknown): boolean {
  if (isSpan(expected)) {
    return typeof seen === 'number' && earliest(expected) <= seen && seen <= latest(expected);
  }
  return expected === seen || canonical(expected) === canonical(seen);
}

/** One line per field in which a row is not as expected. */
export function differences(what: string, expected: object, seen: object): string[] {
  const fields = new Map(Object.entries(seen));
  return Object.entries(expected)
    .filter(([field, value]) => !agrees(value, fields.get(field)))
    .map(([field, value]) =>
      `${what}: ${field} should be ${canonical(value)}: it is ${canonical(fields.get(field))}`
    );
}
