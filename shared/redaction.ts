/** Words that name a secret wherever they stand; code, key, auth and sig do in a URL only. */
const FIELD =
  '\\w*?(?:(?:api|access|secret|private|signing|encryption|service|anon)[-_]?key|token' +
  '|secret|password|passwd|pwd|signature)';
const VALUE = `(?:"[^"]*"|'[^']*'|[^&\\s"'#,;})]{4,})`;

/** Patterns and replacements, in order; `puppet_private.redacted` has the same for what is stored. */
const RULES: [RegExp, string][] = [
  // JWTs, and keys that their maker marks as such.
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, '[redacted]'],
  [/\b(?:sb_(?:secret|publishable)|whsec|[spr]k_(?:live|test)|gh[opsu])_[\w+/=-]+/g, '[redacted]'],
  [/\b(?:sk|xox[abprs])-[\w-]{10,}|\bAKIA[A-Z0-9]{16}\b|\bAIza[\w-]{30,}/g, '[redacted]'],
  // Authorization and cookie headers, with their whole value.
  [
    /(\b(?:proxy-)?authorization|\b(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi,
    '$1$2[redacted]',
  ],
  [/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  // User and password of a URL, and what looks secret in its query.
  [/(:\/\/)[^/\s@]+@/g, '$1[redacted]@'],
  [/([?&](?:code|key|auth|sig|state)=)[^&\s"'#]+/gi, '$1[redacted]'],
  // Secret-looking fields: of a query, of a form, of JSON.
  [new RegExp(`((?:^|[?&"'\\s{,;(])${FIELD}["']?\\s*[=:]\\s*)${VALUE}`, 'gi'), '$1[redacted]'],
];

/** The text with tokens, keys, URL credentials and the values of secret-looking fields replaced. */
export function redact(text: string): string {
  return RULES.reduce((redacted, [pattern, by]) => redacted.replace(pattern, by), text);
}
