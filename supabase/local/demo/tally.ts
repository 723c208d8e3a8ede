import type { DatabaseClient } from '../database_client.ts';
import type { Delivery } from './target.ts';

/** What is known when the run is over. */
export interface RunFacts {
  /** Ids of the jobs, as they were given out when they were enqueued. */
  enqueued: string[];
  jobs: { id: string; status: string; attempts: number }[];
  /** The engine's rows of the history. */
  history: { jobId: string; attempt: number; isRetry: boolean; success: boolean }[];
  deliveries: Delivery[];
}

/** The demo's last line; `seconds` since the command was started. */
export interface Tally {
  jobs: number;
  completed: number;
  permanently_failed: number;
  /** Enqueued, and not final. */
  lost: number;
  /** Deliveries of an attempt, or outcomes accepted for it, beyond the first. */
  duplicated: number;
  attempts: number;
  /** Attempts that followed a failed one. */
  retries: number;
  seconds: number;
}

const FINAL = ['completed', 'permanently_failed', 'cancelled'];

/** Reads what the database knows of the run. */
export async function readFacts(
  sql: DatabaseClient,
  enqueued: string[],
  deliveries: Delivery[],
): Promise<RunFacts> {
  const jobs = await sql<RunFacts['jobs']>`
    select j.id, j.status, j.execution_attempts as attempts from puppet_jobs j
  `;
  const history = await sql<RunFacts['history']>`
    select h.job_id as "jobId", h.attempt_number as attempt, h.is_retry as "isRetry", h.success
    from puppet_job_retry_history h
    where h.logged_by = 'engine'
  `;
  return { enqueued, jobs, history, deliveries };
}

/** Counts what became of the jobs. */
export function tallyOf(facts: RunFacts, seconds: number): Tally {
  const count = (status: string) => facts.jobs.filter((job) => job.status === status).length;
  return {
    jobs: facts.enqueued.length,
    completed: count('completed'),
    permanently_failed: count('permanently_failed'),
    lost: notFinal(facts).length,
    duplicated: duplicatesOf(facts).length,
    attempts: facts.jobs.reduce((sum, job) => sum + job.attempts, 0),
    retries: facts.history.filter(({ isRetry }) => isRetry).length,
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** Ids of jobs that were enqueued and are not final, or not there at all. */
export function notFinal({ enqueued, jobs }: Pick<RunFacts, 'enqueued' | 'jobs'>): string[] {
  const final = new Set(jobs.filter(({ status }) => FINAL.includes(status)).map(({ id }) => id));
  return enqueued.filter((id) => !final.has(id));
}

/** What happened to an attempt beyond the first time, each with its job and attempt. */
export function duplicatesOf(facts: RunFacts): string[] {
  return [
    ...repeats(facts.deliveries).map((key) => `${key} was delivered again`),
    ...repeats(facts.history).map((key) => `${key} has another engine row`),
    ...contradictions(facts).map((key) => `${key} failed and completed its job`),
  ];
}

/** The attempts that are named not for the first time. */
function repeats(attempts: Delivery[]): string[] {
  const keys = attempts.map(keyOf);
  const seen = new Set<string>();
  return keys.filter((key) => seen.size === seen.add(key).size);
}

/** Attempts that completed their jobs and that the history calls failed: they had two outcomes. */
function contradictions({ jobs, history }: RunFacts): string[] {
  const failed = new Set(history.filter(({ success }) => !success).map(keyOf));
  return jobs.filter(({ status }) => status === 'completed')
    .map(({ id, attempts }) => keyOf({ jobId: id, attempt: attempts }))
    .filter((key) => failed.has(key));
}

function keyOf({ jobId, attempt }: Delivery): string {
  return `job ${jobId}, attempt ${attempt}`;
}
