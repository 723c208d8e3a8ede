import { PuppetRetryError } from './errors.ts';

/** What supabase-js answers for a call. */
export interface Reply<Data> {
  data: Data;
  error: { message: string; code?: string; hint?: string | null } | null;
  status: number;
}

/** SQLSTATE classes and PostgREST codes of a database that is away, overloaded or restarting. */
const UNAVAILABLE_CODE = /^(08|53|57P|PGRST00)/;
const UNAVAILABLE_STATUSES = new Set([0, 429, 502, 503, 504]);

/**
 * The data of a reply; throws PuppetRetryError `database_unavailable` where trying again makes
 * sense, `database_refused` where it does not.
 */
export function dataOf<Data>(reply: Reply<Data>, call: string): Data {
  const { error, status } = reply;
  if (!error) return reply.data;
  const away = UNAVAILABLE_STATUSES.has(status) || UNAVAILABLE_CODE.test(error.code ?? '');
  const hint = error.hint ? `. ${error.hint}` : '';
  throw new PuppetRetryError(
    away ? 'database_unavailable' : 'database_refused',
    away
      ? `The database cannot be reached (${call}): ${error.message}`
      : `The database refused ${call}: ${error.message}${hint}`,
    { cause: error },
  );
}
