import { camelCase, snakeCase } from '../../shared/case_names.ts';
import { newJobSchema } from './schemas/new_job.ts';
import { TERMS } from './schemas/policy.ts';

/** Fields that callers send, by the database's names for them. */
const FIELDS = new Map(
  [...Object.keys(newJobSchema.shape), ...TERMS].map((field) => [snakeCase(field), field]),
);

const PARAMETERS: Record<string, string> = { start: 'startDate', end: 'endDate' };

/** The field that a column is filled from; undefined for columns that no caller fills. */
export function fieldOfColumn(column: string): string | undefined {
  return FIELDS.get(column);
}

/** The field that a check of the database is about: its name begins with the column's. */
export function fieldOfRule(rule: string): string | undefined {
  const [column = ''] = rule.split(/_(?:is|are|has)_/);
  return FIELDS.get(column) ?? FIELDS.get(`${column}_seconds`);
}

/** The field that a parameter `p_…` of an SQL function is filled from. */
export function fieldOfParameter(parameter: string): string {
  const name = parameter.replace(/^p_/, '');
  return PARAMETERS[name] ?? camelCase(name);
}

/** A text of the database with the names that callers know. */
export function inCallersNames(text: string): string {
  return text.replace(/\bp_\w+/g, fieldOfParameter)
    .replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => FIELDS.get(word) ?? word);
}
