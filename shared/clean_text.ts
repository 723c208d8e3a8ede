const encoder = new TextEncoder();

/** Deepest nesting that `cleanJson` keeps: deeper values are replaced by a placeholder. */
const MAX_DEPTH = 100;

/** About how many characters `cleanJson` copies, so that shared references cannot multiply without end. */
const MAX_SIZE = 8_000_000;

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | JsonValue[] | {
  [key: string]: JsonValue;
};

/** Returns `text` as Postgres can store it: no NUL, no lone surrogates, at most `maxBytes` bytes of UTF-8. */
export function cleanText(text: string, maxBytes = Infinity): string {
  const clean = text.replaceAll('\0', '').toWellFormed();
  if (clean.length * 3 <= maxBytes) return clean;
  const room = new Uint8Array(Math.max(0, Math.min(maxBytes, clean.length * 3)));
  return clean.slice(0, encoder.encodeInto(clean, room).read);
}

/**
 * Returns a copy of `value` that jsonb accepts, `{ truncated: true, bytes }` when its JSON is over
 * `maxBytes` bytes of UTF-8, or undefined when JSON has no form for it; never throws.
 */
export function cleanJson(value: unknown, maxBytes = Infinity): JsonValue | undefined {
  const clean = cleanValue(value, { path: [], size: 0 });
  if (clean === undefined) return undefined;
  const bytes = encoder.encode(JSON.stringify(clean)).length;
  return bytes > maxBytes ? { truncated: true, bytes } : clean;
}

interface Walk {
  path: object[];
  size: number;
}

function cleanValue(value: unknown, walk: Walk): JsonValue | undefined {
  if (walk.size > MAX_SIZE) return '[Too large]';
  walk.size += 2;
  switch (typeof value) {
    case 'string':
      walk.size += value.length;
      return cleanText(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : cleanObject(value, walk);
    default:
      return undefined;
  }
}

function cleanObject(value: object, walk: Walk): JsonValue | undefined {
  if (walk.path.includes(value)) return '[Circular]';
  if (walk.path.length >= MAX_DEPTH) return '[Too deep]';
  walk.path.push(value);
  try {
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson === 'function') return cleanValue(toJson.call(value), walk);
    return Array.isArray(value) ? cleanArray(value, walk) : cleanRecord(value, walk);
  } catch {
    // A getter, a proxy or toJSON threw: the rest of the tree is still worth keeping.
    return '[Unreadable]';
  } finally {
    walk.path.pop();
  }
}

function cleanArray(values: unknown[], walk: Walk): JsonValue[] {
  const clean: JsonValue[] = [];
  for (const value of values) {
    clean.push(cleanValue(value, walk) ?? null);
    if (walk.size > MAX_SIZE) break;
  }
  return clean;
}

function cleanRecord(record: object, walk: Walk): JsonValue {
  const entries: [string, JsonValue][] = [];
  for (const key of Object.keys(record)) {
    const clean = cleanValue(readProperty(record, key), walk);
    walk.size += key.length;
    if (clean !== undefined) entries.push([cleanText(key), clean]);
    if (walk.size > MAX_SIZE) break;
  }
  // fromEntries defines properties, so a key named __proto__ stays a plain key.
  return Object.fromEntries(entries);
}

function readProperty(record: object, key: string): unknown {
  try {
    return Reflect.get(record, key);
  } catch {
    return '[Unreadable]';
  }
}
