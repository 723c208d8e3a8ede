import {
  CODE_ROWS,
  ERROR_TYPES,
  type ErrorType,
  FETCH_ROWS,
  NAME_ROWS,
  PROGRAMMING_NAMES,
  type Row,
  STATUS_IN_TEXT,
  STATUS_ROWS,
  TEXT_ROWS,
} from './error_classification_table.ts';
import { type Clue, readClues } from './error_clues.ts';
import { describeClues } from './error_message.ts';

export { ERROR_TYPES, type ErrorType };

/** The abort reason of a job that somebody cancelled. */
export class JobCancelled extends Error {
  override name = 'JobCancelled';
}

/** The abort reason of a job that is handed back because its executor shuts down. */
export class JobReleased extends Error {
  override name = 'JobReleased';
}

/** The abort reason of an attempt that ran longer than its policy's timeout, in seconds. */
export class JobTimedOut extends Error {
  override name = 'JobTimedOut';
  constructor(timeoutSeconds: number) {
    super(`Timed out after ${timeoutSeconds} s`);
  }
}

/** What became of an attempt that threw: an error with its type, or our own wish and no error at all. */
export type Classification =
  | {
    kind: 'error';
    errorType: ErrorType;
    /** Readable, at most 8 kB of UTF-8. */
    message: string;
    /** How long the other side asked to wait. */
    retryAfterSeconds?: number;
    code?: string;
    status?: number;
  }
  | { kind: 'cancelled' }
  | { kind: 'released' };

/** How an error came about. */
export interface ClassifyOptions {
  /** The signal under which the job ran: once it aborted, its reason decides. */
  signal?: AbortSignal;
  /** True for a delivery to an endpoint, where 404, 405 and redirects mean something else. */
  delivery?: boolean;
}

/** Tells what kind of failure `error` is, from anything that can be thrown; never throws itself. */
export function classifyError(error: unknown, options: ClassifyOptions = {}): Classification {
  const reason: unknown = options.signal?.aborted ? options.signal.reason : undefined;
  const clues = readClues(error);
  const ours = [reason, ...clues.map((clue) => clue.value)];
  if (ours.some((value) => isA(value, JobCancelled))) return { kind: 'cancelled' };
  if (ours.some((value) => isA(value, JobReleased))) return { kind: 'released' };

  // What a handler says after its deadline is mostly the echo of the abort.
  const deadline = readClues(reason).find((clue) =>
    /^(?:JobTimedOut|TimeoutError)$/.test(clue.name)
  );
  const all = deadline && deadline.value !== error ? [deadline, ...clues] : clues;
  return explain(all, deadline ? { errorType: 'timeout', clue: deadline } : decide(clues, options));
}

interface Finding {
  errorType: ErrorType;
  clue: Clue | undefined;
}

function explain(clues: Clue[], { errorType, clue }: Finding): Classification {
  const telling = clue ? [clue, ...clues] : clues;
  const code = telling.find((each) => each.code !== '')?.code;
  const status = telling.find((each) => each.status !== '')?.status;
  // Many services put X-RateLimit-Reset on every response: it is a wait only once the limit is hit.
  const wait = telling.find((each) => each.retryAfter !== undefined)?.retryAfter ??
    (errorType === 'rate_limit' ? telling.find(hasReset)?.rateLimitReset : undefined);
  return {
    kind: 'error',
    errorType,
    message: describeClues(clues, { code, status, named: errorType === 'unknown_error' }),
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status: Number(status) }),
  };
}

function hasReset(clue: Clue): boolean {
  return clue.rateLimitReset !== undefined;
}

type Judge = (clue: Clue, onDelivery: boolean) => ErrorType | undefined;

/** From the strongest evidence to the weakest: a fact deep in the chain beats words at its top. */
const JUDGES: Judge[] = [judgeFacts, judgeWords, judgeFetch];

function decide(clues: Clue[], options: ClassifyOptions): Finding {
  const onDelivery = options.delivery ?? clues.some((clue) => clue.name === 'DeliveryFailed');
  for (const judge of JUDGES) {
    const findings = clues.flatMap((clue) => {
      const errorType = judge(clue, onDelivery);
      return errorType ? [{ errorType, clue }] : [];
    });
    const best = findings.sort(compareFindings)[0];
    if (best) return best;
  }
  return { errorType: 'unknown_error', clue: clues[0] };
}

// The outermost wins; among the members of an AggregateError the one that can be retried.
function compareFindings(a: { errorType: ErrorType; clue: Clue }, b: typeof a): number {
  return a.clue.depth - b.clue.depth ||
    ERROR_TYPES.indexOf(a.errorType) - ERROR_TYPES.indexOf(b.errorType);
}

function judgeFacts(clue: Clue, onDelivery: boolean): ErrorType | undefined {
  const declared = ERROR_TYPES.find((errorType) => errorType === clue.errorType);
  if (declared) return declared;
  const rows = [
    ...(clue.code === '' ? [] : CODE_ROWS),
    ...(clue.name === '' ? [] : NAME_ROWS),
    ...(clue.status === '' ? [] : STATUS_ROWS),
  ];
  return firstMatch(rows, clue, onDelivery);
}

function judgeWords(clue: Clue, onDelivery: boolean): ErrorType | undefined {
  if (PROGRAMMING_NAMES.test(clue.name)) return undefined;
  // A path such as /timeout/ or /rate-limits says nothing about what went wrong.
  const text = clue.text.replace(/https?:\/\/[^\s)]+/gi, '');
  const status = STATUS_IN_TEXT.exec(text)?.slice(1).find((group) => group !== undefined);
  const spelled = status && firstMatch(STATUS_ROWS, { ...clue, text, status }, onDelivery);
  return spelled || firstMatch(TEXT_ROWS, { ...clue, text }, onDelivery);
}

function judgeFetch(clue: Clue, onDelivery: boolean): ErrorType | undefined {
  return firstMatch(FETCH_ROWS, clue, onDelivery);
}

function firstMatch(rows: Row[], clue: Clue, onDelivery: boolean): ErrorType | undefined {
  return rows.find((row) => matches(row, clue, onDelivery))?.errorType;
}

function matches(row: Row, clue: Clue, onDelivery: boolean): boolean {
  return (row.code?.test(clue.code) ?? true) && (row.name?.test(clue.name) ?? true) &&
    (row.status?.test(clue.status) ?? true) && (row.text?.test(clue.text) ?? true) &&
    (!row.onDelivery || onDelivery) && (!row.withRetryAfter || clue.retryAfter !== undefined);
}

function isA(value: unknown, type: typeof JobCancelled | typeof JobReleased): boolean {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}
