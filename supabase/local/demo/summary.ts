import type { DatabaseClient } from '../database_client.ts';
import type { Tally } from './tally.ts';
import type { Target } from './target.ts';

interface Count {
  name: string;
  count: number;
}

interface Chapter {
  attempt: number;
  success: boolean;
  error: string | null;
  errorType: string | null;
  decision: string;
  delaySeconds: number | null;
}

const WAYS_ON =
  `To look further: this platform is gone; \`deno task start --demo\` starts one that stays, with
sample jobs, and prints the address of its database. Then for example
  select * from puppet_jobs_pending_retry;
  select * from puppet_retry_stats_by_type;
  select * from puppet_recent_retry_activity limit 20;
  select * from puppet_job_retry_config where enabled;`;

/** What happened, in words and small tables. */
export async function summaryOf(
  sql: DatabaseClient,
  tally: Tally,
  target: Target,
): Promise<string> {
  const { right, wrong } = target.signatures;
  const recovery = await readRecovery(sql);
  return [
    `Of ${recovery.failed} jobs that failed at least once, ${recovery.recovered} recovered by themselves.`,
    list('Errors', await readErrors(sql)),
    list('Decisions (a first attempt that works needs none)', await readDecisions(sql)),
    `${target.deliveries.length} of ${tally.attempts} attempts reached the target, the others found no open door;
${right} deliveries were signed rightly, ${wrong} wrongly.`,
    await story(sql),
    WAYS_ON,
  ].filter((part) => part !== '').join('\n\n');
}

async function readRecovery(
  sql: DatabaseClient,
): Promise<{ failed: number; recovered: number }> {
  const [counts] = await sql<{ failed: number; recovered: number }[]>`
    select count(*)::int as failed,
      (count(*) filter (where j.status = 'completed'))::int as recovered
    from puppet_jobs j
    where j.last_error_type is not null
  `;
  return counts ?? { failed: 0, recovered: 0 };
}

async function readErrors(sql: DatabaseClient): Promise<Count[]> {
  return await sql<Count[]>`
    select h.error_type as name, count(*)::int as count
    from puppet_job_retry_history h
    where not h.success
    group by h.error_type
    order by count(*) desc, h.error_type
  `;
}

async function readDecisions(sql: DatabaseClient): Promise<Count[]> {
  return await sql<Count[]>`
    select h.decision as name, count(*)::int as count
    from puppet_job_retry_history h
    group by h.decision
    order by count(*) desc, h.decision
  `;
}

function list(title: string, counts: Count[]): string {
  if (counts.length === 0) return '';
  const lines = counts.map(({ name, count }) => `  ${name.padEnd(22)}${String(count).padStart(5)}`);
  return [`${title}:`, ...lines].join('\n');
}

/** The history of the job that recovered from the most kinds of errors. */
async function story(sql: DatabaseClient): Promise<string> {
  const [job] = await sql<{ id: string; jobType: string }[]>`
    select j.id, j.job_type as "jobType"
    from puppet_jobs j
    join puppet_job_retry_history h on h.job_id = j.id
    group by j.id
    order by j.status = 'completed' desc, count(distinct h.error_type) desc, count(*) desc, j.id
    limit 1
  `;
  if (!job) return '';
  const chapters = await sql<Chapter[]>`
    select h.attempt_number as attempt, h.success, h.error_message as error,
      h.error_type as "errorType", h.decision, h.delay_seconds as "delaySeconds"
    from puppet_job_retry_history h
    where h.job_id = ${job.id}
    order by h.attempt_number
  `;
  return [
    `The way of one job, of type ${job.jobType}:`,
    ...chapters.map(chapterLine),
  ].join('\n');
}

function chapterLine({ attempt, success, error, errorType, decision, delaySeconds }: Chapter) {
  const number = String(attempt).padStart(4);
  if (success) return `${number}  worked`;
  const then = delaySeconds === null ? decision : `again in ${delaySeconds} s`;
  return `${number}  ${(errorType ?? '').padEnd(16)} ${shortened(error ?? '').padEnd(60)}  ${then}`;
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
