/** Times are microseconds since 1970; a span where the clock or chance decides within bounds. */
export interface Span {
  from: number;
  to: number;
}
export type Moment = number | Span | null;

export const SECOND = 1_000_000;
export const DAY = 86_400 * SECOND;

const TEXT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:Z|\+00(?::00)?)$/;

/** Reads a time as Postgres writes it in UTC, as text or in JSON. Throws for any other text. */
export function micros(text: string): number {
  const parts = TEXT.exec(text);
  if (!parts) throw new Error(`not a time in UTC: ${text}`);
  const [, date, time, fraction = ''] = parts;
  return Date.parse(`${date}T${time}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}

/** The least that the moment may be. */
export function earliest(moment: number | Span): number {
  return typeof moment === 'number' ? moment : moment.from;
}

/** The most that the moment may be. */
export function latest(moment: number | Span): number {
  return typeof moment === 'number' ? moment : moment.to;
}

/** The span, so many seconds later; each bound may move by its own number. */
export function later(span: Span, seconds: number, mostSeconds = seconds): Span {
  return { from: span.from + seconds * SECOND, to: span.to + mostSeconds * SECOND };
}

/** The later of the two. */
export function laterOf(one: number | Span, other: number | Span): Span {
  return {
    from: Math.max(earliest(one), earliest(other)),
    to: Math.max(latest(one), latest(other)),
  };
}

/** The earlier of the two; null is never. */
export function sooner(moment: number | Span, limit: Moment): number | Span {
  if (limit === null) return moment;
  return {
    from: Math.min(earliest(moment), earliest(limit)),
    to: Math.min(latest(moment), latest(limit)),
  };
}
