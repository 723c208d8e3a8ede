import type { Sql } from './database.ts';
import { claim, type Claimed, claimedJob, passWait, settle, type Settled } from './jobs.ts';

export interface Extended {
  job_id: string;
  held: boolean;
  cancel_requested: boolean;
  lease_expires_at: string | null;
}

export interface Report {
  accepted: boolean;
  status: string | null;
  decision: string | null;
  reason: string | null;
  next_retry_at: Date | null;
}

/** What an executor says of a claimed job. */
export function outcome(
  job: { job_id: string; lease_token: string },
  kind: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { job_id: job.job_id, lease_token: job.lease_token, outcome: kind, ...more };
}

/** Settles one job and returns the answer about it. */
export async function settleOne(
  sql: Sql,
  job: { job_id: string; lease_token: string },
  kind: string,
  more: Record<string, unknown> = {},
): Promise<Settled> {
  return (await settle(sql, [outcome(job, kind, more)]))[0]!;
}

/** A job whose first attempt failed with a network error and that waits for its retry. */
export async function failedJob(sql: Sql, columns: Record<string, unknown> = {}): Promise<Claimed> {
  const job = await claimedJob(sql, columns);
  await settleOne(sql, job, 'failed', { error_type: 'network', error_message: 'first failure' });
  return job;
}

/** Lets the wait of a job pass and claims it again; throws if the claim does not give it. */
export async function claimAgain(sql: Sql, id: string, executor = 'executor'): Promise<Claimed> {
  await passWait(sql, id);
  const [row] = await sql<
    { job_type: string }[]
  >`select job_type from puppet_jobs where id = ${id}`;
  const jobs = await claim(sql, { executor, types: [row!.job_type], limit: 1000 });
  const job = jobs.find((claimed) => claimed.job_id === id);
  if (!job) throw new Error('the job was not claimed');
  return job;
}

/** Sets columns of a job behind the engine's back, to age it or to bring it near a limit. */
export async function setColumns(
  sql: Sql,
  id: string,
  columns: Record<string, unknown>,
): Promise<void> {
  await sql`update puppet_jobs set ${sql(columns)} where id = ${id}`;
}

/** Notes an attempt of a job as a caller does (logRetryAttempt), in the transaction it is in. */
export async function noteAttempt(sql: Sql, id: string): Promise<void> {
  await sql`
    insert into puppet_job_retry_history (job_id, user_id, job_type, attempt_number, success)
    select id, user_id, job_type, 1, false from puppet_jobs where id = ${id}
  `;
}

/** Hands jobs back. */
export async function release(
  sql: Sql,
  jobs: unknown[],
  reason: string | null = 'shutdown',
): Promise<Settled[]> {
  const [row] = await sql<{ released: Settled[] }[]>`
    select release_jobs('executor', ${JSON.stringify(jobs)}::text::jsonb, ${reason}) as released
  `;
  return row!.released;
}

/** Takes expired jobs back; returns how many. */
export async function rescue(sql: Sql, limit = 100): Promise<number> {
  const [row] = await sql<{ rescued: number }[]>`select rescue_expired_jobs(${limit}) as rescued`;
  return row!.rescued;
}

/** Sends a heartbeat for jobs. */
export async function extend(sql: Sql, jobs: unknown[], seconds = 60): Promise<Extended[]> {
  const [row] = await sql<{ extended: Extended[] }[]>`
    select extend_job_leases('executor', ${JSON.stringify(jobs)}::text::jsonb, ${seconds})
      as extended
  `;
  return row!.extended;
}

/** Reports an outcome without a lease token. */
export async function report(
  sql: Sql,
  id: string,
  kind: string,
  { executor = 'executor', type = null as string | null, message = null as string | null } = {},
): Promise<Report> {
  const [row] = await sql<Report[]>`
    select * from report_job_outcome(${id}, ${kind}, ${type}, ${message}, ${executor})
  `;
  return row!;
}

/** Cancels a job and returns its new state. */
export async function cancel(sql: Sql, id: string): Promise<{ status: string }> {
  const [row] = await sql<{ state: { status: string } }[]>`
    select cancel_job(${id}, 'not wanted any more') as state
  `;
  return row!.state;
}

/** Retries a job by hand and returns its new state. */
export async function retry(
  sql: Sql,
  id: string,
  { reason = 'manual_retry', runAt = null as Date | null, config = null as unknown } = {},
): Promise<Record<string, unknown>> {
  const [row] = await sql<{ state: Record<string, unknown> }[]>`
    select retry_job(
      ${id}, ${reason}, p_run_at => ${runAt},
      p_job_config => ${config === null ? null : JSON.stringify(config)}::text::jsonb) as state
  `;
  return row!.state;
}
