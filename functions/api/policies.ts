import { z } from '@hono/zod-openapi';
import { snakeCase, snakeKeys } from '../../shared/case_names.ts';
import { askAll, read } from '../../shared/database_reply.ts';
import type { TablesInsert } from '../../shared/database.types.ts';
import type { Caller } from './api_env.ts';
import { problem } from './problem.ts';
import { askRow, columnsOf, fromRow, fromRows } from './row.ts';
import { policySchema, type policyTermsSchema, TERMS } from './schemas/policy.ts';

type Terms = z.infer<typeof policyTermsSchema>;

const TABLE = 'puppet_job_retry_config';
const COLUMNS = columnsOf(policySchema);
const typedRow = z.looseObject({ job_type: z.string() });
/** The terms were checked at the edge; the defaults are named and have no value. */
const wholeRow = z.custom<TablesInsert<typeof TABLE>>();

/** All policies, by job type. */
export async function listPolicies({ client }: Caller) {
  const callAfter = (last: z.infer<typeof typedRow> | undefined) => {
    const rows = client.from(TABLE).select(COLUMNS, { count: 'exact' });
    return (last ? rows.gt('job_type', last.job_type) : rows).order('job_type');
  };
  return fromRows(policySchema, await askAll(typedRow, callAfter, TABLE));
}

/** The policy of one type; throws HttpProblem 404. */
export async function readPolicy({ client }: Caller, jobType: string) {
  const call = client.from(TABLE).select(COLUMNS).eq('job_type', jobType);
  return found(await askRow(call, TABLE));
}

/** Creates or replaces a policy. */
export async function putPolicy({ client }: Caller, jobType: string, terms: Terms) {
  // A column that is named and has no value gets its default.
  const empty = Object.fromEntries(TERMS.map((term) => [snakeCase(term), undefined]));
  const row = read(wholeRow, { ...empty, ...snakeKeys(terms), job_type: jobType }, TABLE);
  const call = client.from(TABLE)
    .upsert([row], { onConflict: 'job_type', defaultToNull: false }).select(COLUMNS);
  const policy = fromRow(policySchema, await askRow(call, TABLE));
  return { policy, created: policy.createdAt === policy.updatedAt };
}

/** Changes a policy; throws HttpProblem 404. */
export async function updatePolicy({ client }: Caller, jobType: string, terms: Terms) {
  const call = client.from(TABLE).update(snakeKeys(terms))
    .eq('job_type', jobType).select(COLUMNS);
  return found(await askRow(call, TABLE));
}

/** Deletes a policy; throws HttpProblem 404. */
export async function deletePolicy({ client }: Caller, jobType: string): Promise<void> {
  const call = client.from(TABLE).delete().eq('job_type', jobType).select(COLUMNS);
  found(await askRow(call, TABLE));
}

function found(row: unknown) {
  if (row !== undefined) return fromRow(policySchema, row);
  throw problem(
    'policy_not_found',
    'This type has no policy of its own and follows the policy default; PUT makes one.',
  );
}
