import { type FieldError, HttpProblem } from '../../shared/http_problem.ts';

const TITLES: Record<ProblemStatus, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  500: 'Internal error',
  503: 'Unavailable',
};

/** The statuses that the API answers with instead of a result. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503;

/** Every code that a problem of the API may carry, with its status. */
export const PROBLEM_CODES = {
  invalid_request: 400,
  malformed_json: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  job_not_found: 404,
  policy_not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_input: 422,
  idempotency_key_reused: 422,
  internal_error: 500,
  database_timeout: 503,
  database_unavailable: 503,
} as const satisfies Record<string, ProblemStatus>;

/** A stable code of a problem. */
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** The problem to throw; `detail` never repeats what the caller sent. */
export function problem(
  code: ProblemCode,
  detail: string,
  { errors, headers = {} }: { errors?: FieldError[]; headers?: Record<string, string> } = {},
): HttpProblem {
  const status = PROBLEM_CODES[code];
  const told = { status, code, title: TITLES[status], detail };
  return new HttpProblem(errors?.length ? { ...told, errors } : told, headers);
}
