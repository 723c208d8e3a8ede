type Snake<Name> = Name extends `${infer Letter}${infer Rest}`
  ? `${Letter extends Lowercase<Letter> ? Letter : `_${Lowercase<Letter>}`}${Snake<Rest>}`
  : Name;

type SnakeKeys<Fields> = {
  [Name in keyof Fields as Snake<Name>]: Exclude<Fields[Name], undefined>;
};

/** `next_retry_at` as `nextRetryAt`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `nextRetryAt` as `next_retry_at`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A row of the database with its column names in camelCase; values stay as they are. */
export function camelKeys(row: object): Record<string, unknown> {
  return renamed(row, camelCase);
}

/** Fields with their names in snake_case, as columns have them, without those that are undefined. */
export function snakeKeys<Fields extends object>(fields: Fields): SnakeKeys<Fields>;
export function snakeKeys(fields: object): object {
  return renamed(fields, snakeCase);
}

function renamed(fields: object, rename: (name: string) => string): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [rename(name), value]));
}
