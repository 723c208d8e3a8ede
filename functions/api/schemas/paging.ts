import { z } from '@hono/zod-openapi';
import { problem } from '../problem.ts';
import { wholeNumber } from './parameters.ts';
import { isStorableMoment } from './storable.ts';

/** Where a page ended: what its last row was sorted by, and its id. */
export interface Place {
  at: string;
  id: string;
}

/** Numbers and moments, those that the database has beyond the years 1 to 9999 too. */
function isSortedBy(at: string): boolean {
  return /^(\d{1,9}|-?infinity|\d{5,6}-\d\d-\d\dT[\d:.]{8,15}\+00:00)$/.test(at) ||
    isStorableMoment(at.replace(/ BC$/, ''));
}

const placeSchema = z.tuple([z.string(), z.string().refine(isSortedBy), z.guid()]);

/** The query parameters of a list that is read page by page. */
export const paging = {
  limit: wholeNumber(1, 200).optional(),
  cursor: z.string().min(1).max(300).optional().openapi({
    description: 'nextCursor of the page before; opaque',
  }),
};

/** How many rows a page has where the caller does not say. */
export const DEFAULT_LIMIT = 50;

/** Where the next page begins, as the database's lists say it. */
export const nextSchema = z.object({ at: z.string(), id: z.guid() }).nullable();

/** What the database's lists take for a page. */
export function pageArguments(list: string, cursor: string | undefined, limit: number) {
  const place = readCursor(list, cursor);
  return { p_limit: limit, ...(place && { p_after_at: place.at, p_after_id: place.id }) };
}

/** The part of an answer that leads to the next page. */
export const pageEnd = {
  nextCursor: z.string().nullable().openapi({
    description: 'null: this was the last page. A page may be short, or empty, before it',
  }),
};

/** The cursor that leads on from this place of this list. */
export function writeCursor(list: string, { at, id }: Place): string {
  return btoa(JSON.stringify([list, at, id])).replaceAll('+', '-').replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The place that a cursor leads on from; throws HttpProblem 400 for one of another list. */
export function readCursor(list: string, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const place = placeSchema.safeParse(parse(cursor));
  if (!place.success || place.data[0] !== list) {
    throw problem('invalid_request', 'Send nextCursor of the page before, as it was given.', {
      errors: [{ field: 'cursor', message: 'is not a cursor of this list' }],
    });
  }
  const [, at, id] = place.data;
  return { at, id };
}

/** PostgREST's condition for the rows behind a place, in the order of `column` and then id. */
export function behind(column: string, { at, id }: Place, ascending: boolean): string {
  const side = ascending ? 'gt' : 'lt';
  return `${column}.${side}."${at}",and(${column}.eq."${at}",id.${side}.${id})`;
}

/** The cursor that leads on from a page of `total` rows that were left; null for the last page. */
export function cursorAfter<Row>(
  list: string,
  rows: Row[],
  total: number,
  placeOf: (row: Row) => Place,
): string | null {
  const last = rows.at(-1);
  return last && rows.length < total ? writeCursor(list, placeOf(last)) : null;
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
