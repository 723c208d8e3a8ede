import assert from 'node:assert/strict';
import type { Sql } from './database.ts';

export interface Rule {
  rule: string;
  verdict: 'holds' | 'ends' | 'ended' | 'limits' | 'lets_go';
  text: string;
}

export interface Delay {
  seconds: number | null;
  text: string;
  [number: string]: unknown;
}

export interface Explanation {
  job_id: string;
  job_type: string;
  status: string;
  final_status: string | null;
  due_at: string | null;
  summary: string;
  rules: Rule[];
  delay: Delay | null;
  history: string;
}

export const NOTHING_HOLDS_IT = 'nothing holds it: the next claim takes it';

export async function explain(sql: Sql, id: string): Promise<Explanation> {
  const [row] = await sql<{ explanation: Explanation }[]>`select explain_job(${id}) as explanation`;
  return row!.explanation;
}

/** The one rule of the name; its text must be a sentence without holes. */
export function ruleOf({ rules }: Explanation, name: string): Rule {
  const found = rules.filter((rule) => rule.rule === name);
  assert.equal(found.length, 1, `${name} in ${JSON.stringify(rules)}`);
  const [rule] = found;
  assert.match(rule!.text, /^\S.*\S$/);
  assert.doesNotMatch(rule!.text, / {2}|\(\)|null/);
  return rule!;
}

/** The verdict and the text of one rule of the job. */
export async function verdictOf(sql: Sql, id: string, name: string): Promise<[string, string]> {
  const { verdict, text } = ruleOf(await explain(sql, id), name);
  return [verdict, text];
}

/** Sets a time of the job so many seconds from now, by the clock that explain_job reads. */
export async function setTime(sql: Sql, id: string, column: string, seconds: number) {
  await sql`
    update puppet_jobs
    set ${sql(column)} = clock_timestamp() + make_interval(secs => ${seconds})
    where id = ${id}
  `;
}

/** What the wait of a job that waits for a retry is made of. */
export async function delayOf(sql: Sql, id: string): Promise<Delay> {
  const { delay } = await explain(sql, id);
  assert.ok(delay);
  assert.doesNotMatch(delay.text, / {2}|\(\)|null/);
  return delay;
}
