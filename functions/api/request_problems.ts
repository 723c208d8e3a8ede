import { HTTPException } from 'hono/http-exception';
import type { ZodError } from 'zod';
import type { Context } from 'hono';
import { PuppetRetryError } from '../../shared/errors.ts';
import { type FieldError, HttpProblem, problemResponse } from '../../shared/http_problem.ts';
import type { Logger } from '../../shared/logger.ts';
import { databaseProblem } from './database_problem.ts';
import { problem } from './problem.ts';
import { UNKNOWN_FIELD } from './schemas/closed_object.ts';

/** How many fields a problem names; a batch may have thousands at fault. */
const MAX_FIELDS = 20;

interface Validation {
  success: boolean;
  target: string;
  error?: ZodError | undefined;
}

/** What the router does with an input that its schema refuses: throws HttpProblem 400. */
export function refuseInvalid({ success, target, error }: Validation): void {
  if (success || !error) return;
  throw problem('invalid_request', 'Correct the fields named in errors; /openapi.json has all.', {
    errors: error.issues.slice(0, MAX_FIELDS).map((issue) => fieldError(issue, target)),
  });
}

function fieldError(issue: ZodError['issues'][number], target: string): FieldError {
  const field = issue.path.join('.') || (target === 'json' ? 'body' : target);
  // Zod's own text names the unknown keys, which are the caller's words.
  const ours = issue.code !== 'unrecognized_keys' || issue.message.startsWith(UNKNOWN_FIELD);
  return { field, message: ours ? issue.message : UNKNOWN_FIELD };
}

/** The one exit for errors: known ones as their problem, anything else as 500 and a log line. */
export function toResponse(error: unknown, c: Context, logger: Logger): Response {
  const known = knownProblem(error);
  if (known && known.problem.status < 500) return problemResponse(known.problem, known.headers);
  logger.error('a request failed', { ...whatFailed(error), request_id: c.get('requestId') });
  const told = known ?? problem(
    'internal_error',
    "The request could not be answered; the function's log tells why by the x-request-id.",
  );
  return problemResponse(told.problem, told.headers);
}

function knownProblem(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  if (error instanceof PuppetRetryError) return databaseProblem(error);
  if (!(error instanceof HTTPException)) return undefined;
  if (error.status === 400) {
    return problem('malformed_json', 'The body is not JSON: send a JSON object.');
  }
  if (error.status !== 415) return undefined;
  return problem('unsupported_media_type', "Send JSON, with 'Content-Type: application/json'.");
}

/** Messages may repeat what the caller sent, so a log line has names, codes and places only. */
function whatFailed(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error };
  const cause: unknown = error.cause;
  const codes = [error, cause].map((one) =>
    typeof one === 'object' && one !== null && 'code' in one ? String(one.code) : ''
  );
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 5) ?? [];
  return { error: error.name, code: codes.filter(Boolean).join(' '), at: frames.join(' ').trim() };
}
