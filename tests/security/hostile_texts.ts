/** Texts that break out of quotes, comments, formats, patterns and filters where these are built by hand. */
export const INJECTIONS = [
  `'`,
  `"`,
  `' or '1'='1`,
  `'; drop table puppet_jobs; --`,
  `'); delete from puppet_jobs; --`,
  `$$; drop table puppet_jobs; $$`,
  `\\'; drop table puppet_jobs; --`,
  `/* comment`,
  `%s %I %L %1$s %% %`,
  `eq.1`,
  `a,user_id.neq.0)`,
  `*),or(user_id.not.is.null`,
  `%27%20or%201=1`,
  `%_\\`,
  `(a+)+$`,
  `{a,b}`,
  `../../etc/passwd`,
  `\r\nx-injected: 1`,
];

/** Texts that few programs are ready for; all of them are valid Unicode but the last group. */
export const ODD_UNICODE = [
  '\u202e\u202dright to left\u2066',
  'e\u0301\u0327\u0489'.repeat(50),
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}',
  '\uffff\ufffe\ufdd0',
  '\u{10ffff}\u{1d11e}',
  '\ufeff\u200b\u00ad',
  '\u0001\u0007\u001b[31m\u007f\u0085\u2028',
  '\ufb03\u0130\u1e9e\u03a3',
  ' \u00a0\u3000',
  '',
];

/** Texts that cannot be stored: a NUL, and halves of a surrogate pair. */
export const NOT_TEXT = ['\0', 'a\0b', '\ud800', 'a\udfffb', '\udc00\ud800'];

/** A text of so many bytes. */
export function large(bytes: number): string {
  return 'x'.repeat(bytes);
}

/** JSON text of so many arrays or objects, one in the other. */
export function nested(levels: number, open = '[', close = ']'): string {
  return open.repeat(levels) + '1' + close.repeat(levels);
}
