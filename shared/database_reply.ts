import { z } from 'zod';
import { PuppetRetryError, type PuppetRetryErrorCode } from './errors.ts';

/** How long one call may take before it counts as lost, in ms; the database gives up after 8 s. */
const CALL_TIMEOUT_MS = 15_000;

/** What supabase-js answers for a call. */
export interface Reply<Data> {
  data: Data;
  error: { message: string; code?: string; hint?: string | null } | null;
  status: number;
  count?: number | null;
}

const SENT = Symbol('sent');

/** A reply that `send` returned: nobody waits for one without a limit, as awaiting a call does. */
export interface SentReply extends Reply<unknown> {
  readonly [SENT]: true;
}

/** A call of supabase-js that was not sent yet. */
export interface Call {
  abortSignal(signal: AbortSignal): PromiseLike<Reply<unknown>>;
}

/** SQLSTATEs and PostgREST codes, the first that fits; any other error is `database_refused`. */
const CODES: [RegExp, PuppetRetryErrorCode][] = [
  // Away, overloaded, restarting, or in each other's way: the same call may do well next time.
  [/^(08|53|57P|57014|25006|40001|40P01|55P03|PT503|PGRST00)/, 'database_unavailable'],
  [/^PT404$/, 'job_not_found'],
  [/^(PT409|23001|23503|23505)$/, 'conflict'],
  [/^(PT400|PT422|22|23)/, 'invalid_input'],
  [/^(PT40[13]|42501|28|PGRST30)/, 'forbidden'],
];
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * The data of a reply; throws PuppetRetryError: `database_unavailable` where trying again makes
 * sense; `job_not_found`, `conflict`, `invalid_input`, `forbidden` or `database_refused` where it
 * does not.
 */
export function dataOf(reply: SentReply, call: string): unknown {
  const { error, status } = reply;
  if (!error) return reply.data;
  const code = codeOf(error.code ?? '', status);
  const hint = error.hint ? `. ${error.hint}` : '';
  throw new PuppetRetryError(
    code,
    code === 'database_unavailable'
      ? `The database cannot be reached (${call}): ${error.message}`
      : `The database refused ${call}: ${error.message}${hint}`,
    { cause: error },
  );
}

function codeOf(code: string, status: number): PuppetRetryErrorCode {
  const known = CODES.find(([pattern]) => pattern.test(code))?.[1];
  if (known) return known;
  // No answer, or one of a proxy before the database (Cloudflare's 520 to 530 among them).
  const unanswered = status === 0 || status === 429 || (status >= 500 && !SQLSTATE.test(code));
  return unanswered ? 'database_unavailable' : 'database_refused';
}

/** Sends a call and reads its data; throws as `dataOf` and `read` do. */
export async function ask<Value>(
  schema: z.ZodType<Value>,
  call: Call,
  name: string,
): Promise<Value> {
  return read(schema, dataOf(await send(call), name), name);
}

/** Sends a call; one that gets no answer within 15 s counts as unavailable. */
export async function send(call: Call): Promise<SentReply> {
  const reply = await call.abortSignal(AbortSignal.timeout(CALL_TIMEOUT_MS));
  return { ...reply, [SENT]: true };
}

/**
 * Rows of a list, and how many it has in all: the Data API cuts a reply at its own max_rows, which
 * may be below what was asked for, so that only the total tells whether these were the last ones.
 */
export interface Rows<Row> {
  rows: Row[];
  total: number;
}

/** The rows of a reply to a call with `count: 'exact'`; throws as `dataOf` and `read` do. */
export function rowsOf<Row>(schema: z.ZodType<Row>, reply: SentReply, name: string): Rows<Row> {
  return {
    rows: read(z.array(schema), dataOf(reply, name), name),
    total: read(z.int(), reply.count, name),
  };
}

/** All rows of a list; `callAfter` asks, with `count: 'exact'`, for those behind the last one. */
export async function askAll<Row>(
  schema: z.ZodType<Row>,
  callAfter: (last: Row | undefined) => Call,
  name: string,
): Promise<Row[]> {
  const all: Row[] = [];
  let left: number;
  do {
    const { rows, total } = rowsOf(schema, await send(callAfter(all.at(-1))), name);
    all.push(...rows);
    left = total - rows.length;
  } while (left > 0);
  return all;
}

/** The data in the shape that it should have; throws PuppetRetryError `unexpected_reply`. */
export function read<Value>(schema: z.ZodType<Value>, data: unknown, name: string): Value {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new PuppetRetryError(
    'unexpected_reply',
    `The database answered ${name} in another form: are its migrations those of this code?`,
    { cause: parsed.error },
  );
}
