import { z } from '@hono/zod-openapi';
import type { PuppetRetryError } from '../../shared/errors.ts';
import type { FieldError, HttpProblem } from '../../shared/http_problem.ts';
import { unauthorized } from './caller.ts';
import { fieldOfColumn, fieldOfParameter, fieldOfRule, inCallersNames } from './input_names.ts';
import { problem, type ProblemCode } from './problem.ts';

const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  details: z.string().nullish(),
  hint: z.string().nullish(),
});

type Refusal = z.infer<typeof refusalSchema>;

/** What our own SQL functions raise: the status they mean, in texts that are theirs. */
const OURS: Record<string, ProblemCode> = {
  PT400: 'invalid_input',
  PT403: 'forbidden',
  PT404: 'job_not_found',
  PT409: 'conflict',
  PT422: 'invalid_input',
  PT503: 'database_timeout',
};

/** What Postgres itself refuses; its texts repeat values, so ours stand in for them. */
const POSTGRES: [RegExp, ProblemCode, string][] = [
  [/^42501/, 'forbidden', 'You may not do this; the service may.'],
  [/^23001/, 'conflict', 'The policy default cannot be removed: other types need it. Update it.'],
  [/^235?05/, 'conflict', 'It exists already: change the existing one instead.'],
  [/^(55P03|40001|40P01)/, 'database_timeout', 'Another call held the row too long; try again.'],
  [/^57014/, 'database_timeout', 'The query took too long: ask for less, or try again.'],
  [/^(22|23|54)/, 'invalid_input', 'The database cannot take a value: correct it.'],
];

/** The problem that a database error means to the caller; undefined where it is our own fault. */
export function databaseProblem(error: PuppetRetryError): HttpProblem | undefined {
  const refusal = refusalSchema.safeParse(error.cause).data;
  const known = refusal && problemOf(refusal);
  if (known || error.code !== 'database_unavailable') return known;
  return problem(
    'database_unavailable',
    'The database cannot be reached. Nothing is lost; try again later.',
    { headers: { 'retry-after': '10' } },
  );
}

function problemOf(refusal: Refusal): HttpProblem | undefined {
  const { code } = refusal;
  if (/^PGRST30/.test(code)) return unauthorized();
  return OURS[code] ? ourProblem(refusal, OURS[code]) : postgresProblem(refusal);
}

/** Ids are the only part of our SQL functions' messages that the caller sent. */
function ourProblem({ message, details, hint }: Refusal, code: ProblemCode): HttpProblem {
  const text = message.replace(/ [0-9a-f]{8}-[0-9a-f-]{27}/, '');
  const said = inCallersNames([text, hint].filter(Boolean).join('. '));
  if (details === 'idempotency_key_reused') {
    const field = { field: 'Idempotency-Key', message: 'was used for another request' };
    return problem('idempotency_key_reused', said, { errors: [field] });
  }
  return problem(code, said, { errors: [...jobAtFault(message), ...parameterAtFault(message)] });
}

/** Reads `… job 3: priority must be at most 5` as the field `jobs.2.priority`. */
function jobAtFault(message: string): FieldError[] {
  const [, number, told] = /: job (\d+): (.*)$/.exec(message) ?? [];
  if (!number || !told) return [];
  const job = `jobs.${Number(number) - 1}`;
  const words = told.replace('this job type', 'job_type');
  const [, column = '', rest = ''] = /^(\w+) (.*)$/.exec(words) ?? [];
  const field = fieldOfColumn(column);
  return [field ? { field: `${job}.${field}`, message: rest } : { field: job, message: told }];
}

/** Reads `Cannot …: p_start must be before p_end` as the field `startDate`. */
function parameterAtFault(message: string): FieldError[] {
  const [, parameter, rest] = /: (p_\w+) (.*)$/.exec(message) ?? [];
  if (!parameter || !rest) return [];
  return [{ field: fieldOfParameter(parameter), message: inCallersNames(rest) }];
}

function postgresProblem({ code, message }: Refusal): HttpProblem | undefined {
  const found = POSTGRES.find(([pattern]) => pattern.test(code));
  if (!found) return undefined;
  const [, problemCode, detail] = found;
  // The names of our checks read as rules.
  const rule = code === '23514' ? /constraint "(\w+)"/.exec(message)?.[1] : undefined;
  if (!rule) return problem(problemCode, detail);
  const holds = rule.replaceAll('_', ' ');
  const field = fieldOfRule(rule);
  return problem(problemCode, `This must hold: ${holds}.`, {
    errors: field ? [{ field, message: `must be such that ${holds}` }] : [],
  });
}
