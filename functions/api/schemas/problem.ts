import { z } from '@hono/zod-openapi';
import { PROBLEM_CODES, type ProblemStatus } from '../problem.ts';

/** What is answered instead of a result. */
export const problemSchema = z.object({
  status: z.int(),
  code: z.string().openapi({ description: 'Stable; the README of functions/api lists them.' }),
  title: z.string(),
  detail: z.string().openapi({ description: 'What to do.' }),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
}).openapi('Problem');

/** What every route may answer with that is not open to everybody. */
export const always = {
  400: response(400),
  401: response(401),
  403: response(403),
  500: response(500),
  503: response(503),
};

/** What a route with parameters may answer with. */
export const withParameters = { 422: response(422) };

/** What a route may answer with to parameters that it has not. */
export const badRequest = { 400: response(400) };

/** What a route with a body may answer with. */
export const withBody = { ...withParameters, 413: response(413), 415: response(415) };

export const notFound = { 404: response(404) };

export const conflict = { 409: response(409) };

function response(status: ProblemStatus) {
  const codes = Object.entries(PROBLEM_CODES).filter(([, its]) => its === status);
  return {
    description: `Problem: ${codes.map(([code]) => code).join(' or ')}`,
    content: { 'application/problem+json': { schema: problemSchema } },
  };
}
