/** The most that is looked at: several times what any message or log line needs. */
const MAX_CHARACTERS = 32_768;
/** What goes with the cut, since half a secret at the end would not look like one. */
const TORN = 500;

/** Names of secrets, wherever they stand; code, key, auth, sig and state do in a URL only. */
const WORD =
  '(?:(?:api|access|account|secret|shared|private|signing|encryption|service|anon|master)[-_]?key' +
  '|token|secret|passphrase|password|passwd|pwd|signature|credentials?)';
/** A name and what is between it and its value, in JSON and in JSON within JSON too. */
const FIELD = `(?<![\\w-])[\\w-]*${WORD}\\\\*["']?\\s{0,20}[=:]>?\\s{0,20}`;
const VALUE = `(?:\\\\+"[^"]*"|"(?:[^"\\\\]|\\\\.)*"|'[^']*'|\\\\*["']?[^&\\s"'#,;})]+)`;

/**
 * Patterns and replacements, in order; `puppet_private.redacted` has the same for what is stored.
 *
 * Each is linear: from any start it matches, or fails within a bounded number of steps, or runs
 * over characters that no other start runs over.
 */
const RULES: [RegExp, string][] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-{1,4}[^-])*(?:-----END [A-Z ]{0,40}-----)?/g,
    '[redacted]',
  ],
  // JWTs, and keys that their maker marks as such.
  [/(?<![A-Za-z0-9])eyJ[\w-]{10,}(?:\.[\w-]*){0,2}/g, '[redacted]'],
  [
    /\b(?:sb_(?:secret|publishable)|sbp|whsec|[spr]k_(?:live|test)|gh[oprsu]|github_pat)_[\w+/=-]+/g,
    '[redacted]',
  ],
  [
    /\b(?:sk|xox[abeoprs]|glpat)-[\w-]{10,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}/g,
    '[redacted]',
  ],
  // Authorization and cookie headers, with their whole value.
  [
    /(\b(?:proxy-)?authorization|\b(?:set-)?cookie)(\\*["']?\s{0,20}[:=]\s{0,20}\\*["']?)[^"'\\\r\n]+/gi,
    '$1$2[redacted]',
  ],
  [/\b(bearer|basic)\s{1,20}(?!auth|token|realm|credential)[\w.~+/=-]{6,}/gi, '$1 [redacted]'],
  // User and password of a URL, also a password with a slash, and what looks secret in its query.
  [
    /(:\/\/)(?:[^/\s"<>]{1,255}|[^/\s@:[",<>]{0,100}:(?!\d{1,5}[/?#])[^\s@"<>]{0,200})@/g,
    '$1[redacted]@',
  ],
  [/([?&](?:code|key|auth|sig|state)=)[^&\s"'#]+/gi, '$1[redacted]'],
  // Secret-looking fields: of a query, of a form, of a header, of JSON.
  [new RegExp(`(${FIELD})${VALUE}`, 'gi'), '$1[redacted]'],
];

/**
 * The text with tokens, keys, URL credentials and the values of secret-looking fields replaced, cut
 * to about 32,000 characters.
 */
export function redact(text: string): string {
  const redacted = RULES.reduce(
    (sofar, [pattern, by]) => sofar.replace(pattern, by),
    text.slice(0, MAX_CHARACTERS),
  );
  return text.length > MAX_CHARACTERS ? redacted.slice(0, -TORN) : redacted;
}
