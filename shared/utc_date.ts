/**
 * A date without a time (2026-01-31) as its midnight in UTC: the database would take it for that of
 * its own time zone. Any other text stays as it is.
 */
export function dateInUtc(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
}
