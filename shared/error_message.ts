import { cleanJson, cleanText } from './clean_text.ts';
import type { Clue } from './error_clues.ts';

/** Longest message, in bytes of UTF-8. */
const MAX_BYTES = 8192;
/** How many errors of a chain the message tells of. */
const MAX_PARTS = 10;

/** What the message says besides the errors' own texts. */
export interface MessageFacts {
  code: string | undefined;
  status: string | undefined;
  /** Whether the name of the outermost error says more than its classification. */
  named: boolean;
}

/** Returns one readable line for a chain of errors: the outer message, what is new in its causes, code and status. */
export function describeClues(clues: Clue[], { code, status, named }: MessageFacts): string {
  const first = clues[0];
  let message = named && first && !/^(?:|Error)$/.test(first.name) ? `${first.name}: ` : '';
  message += first?.text.trim() ?? '';
  let depth = -1;
  for (const clue of clues.slice(1, MAX_PARTS)) {
    const text = clue.text.trim();
    if (text === '' || message.includes(text)) continue;
    message += `${message === '' ? '' : clue.depth === depth ? '; ' : ': '}${text}`;
    depth = clue.depth;
  }
  if (message === '') message = describeValue(first?.value, { code, status });
  if (status && !message.includes(status)) message += ` (HTTP ${status})`;
  if (code && !message.includes(code)) message += ` (${code})`;
  return cleanText(message, MAX_BYTES);
}

function describeValue(value: unknown, { code, status }: Pick<MessageFacts, 'code' | 'status'>) {
  if (status) return `HTTP ${status}`;
  if (code) return `Error ${code}`;
  if (value === '') return 'An empty string was thrown';
  const json = JSON.stringify(cleanJson(value, 1000));
  return json === undefined || json === '{}'
    ? `Thrown without a message: ${kindOf(value)}`
    : `Thrown: ${json}`;
}

function kindOf(value: unknown): string {
  return typeof value === 'object' ? 'an empty object' : typeof value;
}
