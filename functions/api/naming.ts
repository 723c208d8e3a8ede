/** `next_retry_at` as `nextRetryAt`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `nextRetryAt` as `next_retry_at`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The fields under other names; what their values hold stays as it is. */
export function renamed<Value>(
  fields: Record<string, Value>,
  rename: (name: string) => string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]));
}
