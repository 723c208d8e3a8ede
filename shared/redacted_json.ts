import type { JsonValue } from './clean_text.ts';
import { redact } from './redaction.ts';

/** The value with secrets in its strings, and all that stands under secret-looking names, replaced. */
export function redactJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, field]): [string, JsonValue] => [
    name,
    namesASecret(name) ? '[redacted]' : redactJson(field),
  ]);
  return Object.fromEntries(entries);
}

/** Whether a value after this name would be redacted in a text. */
function namesASecret(name: string): boolean {
  const text = `${name}=secret`;
  return redact(text) !== text;
}
