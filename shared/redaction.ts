const FIELD =
  '(?:\\w*[-_])?(?:key|apikey|token|secret|password|passwd|pwd|signature|sig|auth|code)';

/** Patterns and replacements, in order; `puppet_private.redacted` has the same for what is stored. */
const RULES: [RegExp, string][] = [
  // JWTs, Supabase keys, webhook secrets.
  [
    /\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?|\b(?:sb_(?:secret|publishable)|whsec)_[\w+/=-]+/g,
    '[redacted]',
  ],
  // Authorization and cookie headers, with their whole value.
  [
    /(\b(?:proxy-)?authorization|\b(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi,
    '$1$2[redacted]',
  ],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  // User and password of a URL.
  [/(:\/\/)[^/\s@]+@/g, '$1[redacted]@'],
  // Secret-looking fields: of a query, of a form, of JSON.
  [
    new RegExp(
      `((?:^|[?&"'\\s{,;(])${FIELD}["']?\\s*[=:]\\s*)(?:"[^"]*"|'[^']*'|[^&\\s"'#,;})]+)`,
      'gi',
    ),
    '$1[redacted]',
  ],
];

/** The text with tokens, keys, URL credentials and the values of secret-looking fields replaced. */
export function redact(text: string): string {
  return RULES.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by), text);
}
