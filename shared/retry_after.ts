/** Longest wait that is believed, in seconds: one year. */
const MAX_SECONDS = 365 * 24 * 3600;

/** Looks up one header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** Returns a reader over anything iterable as `Headers` are, or a plain object, in any letter case; nothing readable gives no headers. */
export function headerReader(source: unknown): HeaderReader {
  const found = new Map<string, string>();
  try {
    for (const [name, value] of headerEntries(source)) {
      found.set(String(name).toLowerCase(), String(Array.isArray(value) ? value[0] : value));
    }
  } catch {
    // Whatever was read before a getter threw still counts.
  }
  return (name) => found.get(name);
}

function headerEntries(source: unknown): Iterable<[unknown, unknown]> {
  if (typeof source !== 'object' || source === null) return [];
  // Not by class: the `Headers` of npm's undici or node-fetch are others than the global ones.
  return isIterable(source) ? source : Object.entries(source);
}

function isIterable(source: object): source is Iterable<[unknown, unknown]> {
  return Symbol.iterator in source;
}

/** Returns the seconds that Retry-After or retry-after-ms asks to wait: 0 when past, undefined when absent or nonsense. */
export function readRetryAfter(header: HeaderReader, now = Date.now()): number | undefined {
  const milliseconds = toNumber(header('retry-after-ms'));
  if (milliseconds !== undefined) return boundSeconds(milliseconds / 1000);
  const text = header('retry-after');
  return boundSeconds(toNumber(text) ?? secondsUntil(toTime(text), header, now));
}

/** Returns the seconds until a rate limit's window ends by the common X-RateLimit-Reset forms, undefined when none is there. */
export function readRateLimitReset(header: HeaderReader, now = Date.now()): number | undefined {
  const delta = toNumber(header('x-ratelimit-reset-after')) ??
    toNumber(header('ratelimit-reset')) ??
    toNumber(/;\s*t=(\d+)/.exec(header('ratelimit') ?? '')?.[1]);
  if (delta !== undefined && delta < 1e9) return boundSeconds(delta);
  const text = header('x-ratelimit-reset') ?? header('x-rate-limit-reset') ??
    header('ratelimit-reset');
  return boundSeconds(readReset(text, header, now));
}

// A number is a wait, an epoch in seconds or one in milliseconds, told apart by its size: nobody
// waits for the 31 years of 1e9 seconds, and 1e11 milliseconds were reached in 1973.
function readReset(text: string | undefined, header: HeaderReader, now: number) {
  const value = toNumber(text);
  if (value === undefined) return secondsUntil(toTime(text), header, now);
  if (value < 1e9) return value;
  return secondsUntil(value < 1e11 ? value * 1000 : value, header, now);
}

// Measured against the response's own clock where it told it, so that ours may be wrong.
function secondsUntil(time: number | undefined, header: HeaderReader, now: number) {
  return time === undefined ? undefined : (time - (toTime(header('date')) ?? now)) / 1000;
}

/** Returns whole seconds from 0 to one year, rounded up; undefined for anything that is not a finite number. */
export function boundSeconds(seconds: unknown): number | undefined {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), MAX_SECONDS);
}

function toNumber(text: string | undefined): number | undefined {
  const match = /^\s*([+-]?\d{1,15}(?:\.\d+)?)\s*s?\s*(?:,|$)/.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}

// Date.parse also reads "soon 5" as a day in May 2001, and asctime dates in local time.
function toTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isHttpDate = /^\s*[a-z]{3,9},? .*\d{2}:\d{2}:\d{2}/i.test(text);
  const isIsoDate = /^\s*\d{4}-\d{2}-\d{2}T/.test(text);
  if (!isHttpDate && !isIsoDate) return undefined;
  const zoned = isIsoDate || /(?:GMT|UTC|[+-]\d{4})\s*$/.test(text) ? text : `${text} GMT`;
  const time = Date.parse(zoned);
  return Number.isNaN(time) ? undefined : time;
}
