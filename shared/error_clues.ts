import { cleanText } from './clean_text.ts';
import { boundSeconds, headerReader, readRateLimitReset, readRetryAfter } from './retry_after.ts';

/** How many nested errors are looked at. */
const MAX_CLUES = 500;
/** How much of one text is looked at, in characters. */
const MAX_TEXT = 8192;
/** Where libraries other than the language's own `cause` keep the error behind an error. */
const LINKS = ['context', 'originalError'];

/** What one error of a chain says about itself; every text is empty when it says nothing. */
export interface Clue {
  value: unknown;
  depth: number;
  errorType: string;
  name: string;
  code: string;
  status: string;
  text: string;
  retryAfter: number | undefined;
  rateLimitReset: number | undefined;
}

/** Returns what `error`, its causes and its AggregateError members say, outermost first; never throws. */
export function readClues(error: unknown): Clue[] {
  const clues: Clue[] = [];
  const seen = new Set<unknown>();
  let level = [error];
  for (let depth = 0; level.length > 0; depth++) {
    const fresh = level.filter((value) => !seen.has(value) && seen.add(value));
    clues.push(...fresh.slice(0, MAX_CLUES - clues.length).map((value) => readClue(value, depth)));
    level = clues.length < MAX_CLUES ? fresh.flatMap(behind) : [];
  }
  return clues;
}

function behind(value: unknown): unknown[] {
  const causes = [read(value, 'cause'), ...list(read(value, 'errors')), causeInDetails(value)];
  const linked = LINKS.map((link) => read(value, link));
  return [
    ...causes.filter(isPresent),
    ...linked.filter(isErrorLike),
  ];
}

// supabase-js keeps the cause of a failed request only as text, above a stack.
function causeInDetails(value: unknown): string | undefined {
  return /\nCaused by: (.+)/.exec(readString(value, 'details').slice(0, MAX_TEXT))?.[1];
}

// A plain object under `context` may be anything, so it must look like an error or a response.
function isErrorLike(value: unknown): boolean {
  return ['message', 'code', 'status'].some((key) => read(value, key) !== undefined);
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function readClue(value: unknown, depth: number): Clue {
  try {
    return understand(value, depth);
  } catch {
    const unsaid = { retryAfter: undefined, rateLimitReset: undefined };
    return { value, depth, errorType: '', name: '', code: '', status: '', text: '', ...unsaid };
  }
}

function understand(value: unknown, depth: number): Clue {
  const { name, text } = readText(value);
  const header = headerReader(
    read(value, 'headers') ?? read(read(value, 'response'), 'headers') ??
      read(value, 'responseHeaders'),
  );
  return {
    value,
    depth,
    errorType: readString(value, 'errorType'),
    name,
    code: cleanText(readString(value, 'code'), 100),
    status: readStatus(value),
    text,
    retryAfter: readRetryAfter(header) ?? readWait(value),
    rateLimitReset: readRateLimitReset(header),
  };
}

function readText(value: unknown): { name: string; text: string } {
  const name = readString(value, 'name');
  const text = ownText(value).slice(0, MAX_TEXT);
  if (name !== '') return { name, text };
  // Errors that were turned into text ("TypeError: fetch failed") keep their name in front of it.
  const named = /^(?:Uncaught )?([A-Z]\w*(?:Error|Exception)): ([^]*)$/.exec(text);
  return { name: named?.[1] ?? (isIssues(value) ? 'ZodError' : ''), text: named?.[2] ?? text };
}

function ownText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isIssues(value)) return describeIssues(list(read(value, 'issues')));
  const keys = ['message', 'statusText', 'error_description', 'error'];
  return keys.map((key) => readString(value, key)).find((text) => text.trim() !== '') ?? '';
}

function isIssues(value: unknown): boolean {
  const first = list(read(value, 'issues'))[0];
  return readString(first, 'message') !== '' && Array.isArray(read(first, 'path'));
}

// Paths and complaints only: the values that were refused may be secret.
function describeIssues(issues: unknown[]): string {
  const lines = issues.slice(0, 10).map((issue) => {
    const path = list(read(issue, 'path')).map((key) => String(read(key, 'key') ?? key)).join('.');
    return `${path === '' ? '' : `${path}: `}${readString(issue, 'message')}`;
  });
  return lines.join('; ') + (issues.length > 10 ? `; and ${issues.length - 10} more` : '');
}

function readStatus(value: unknown): string {
  if (typeof value === 'number') return statusText(value);
  const custom = /^PT(\d{3})$/.exec(readString(value, 'code'))?.[1];
  const places = [value, read(value, 'response'), read(value, '$metadata')];
  const found = places.flatMap((place) =>
    ['status', 'statusCode', 'httpStatusCode'].map((key) => statusText(read(place, key)))
  );
  return custom ?? found.find((status) => status !== '') ?? '';
}

function statusText(status: unknown): string {
  const text = typeof status === 'number' || typeof status === 'string' ? String(status) : '';
  return /^[1-5]\d\d$/.test(text) ? text : '';
}

function readWait(value: unknown): number | undefined {
  const milliseconds = read(value, 'retryAfterMs');
  if (typeof milliseconds === 'number') return boundSeconds(milliseconds / 1000);
  const keys = ['retryAfterSeconds', 'retryAfter', 'retry_after'];
  return keys.map((key) => boundSeconds(read(value, key))).find((wait) => wait !== undefined);
}

function readString(value: unknown, key: string): string {
  const found = read(value, key);
  return typeof found === 'string' ? found.slice(0, MAX_TEXT) : '';
}

/** Returns a property of any value, undefined when there is none or reading it throws. */
export function read(value: unknown, key: string): unknown {
  try {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  } catch {
    return undefined;
  }
}

function list(value: unknown): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, MAX_CLUES) : [];
  } catch {
    return [];
  }
}
