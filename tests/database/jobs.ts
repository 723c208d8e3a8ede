import type { Sql } from './database.ts';

export const OWNER = '00000000-0000-4000-8000-000000000001';
export const OTHER_OWNER = '00000000-0000-4000-8000-000000000002';

export interface JobRow {
  id: string;
  user_id: string;
  job_type: string;
  status: string;
  final_status: string | null;
  stop_reason: string | null;
  retry_count: number;
  max_retries: number | null;
  execution_attempts: number;
  crash_count: number;
  snooze_count: number;
  release_count: number;
  executing_by: string | null;
  execution_timeout_at: Date | null;
  lease_token: string | null;
  settled_token: string | null;
  cancel_requested_at: Date | null;
  scheduled_at: Date;
  retry_window_started_at: Date | null;
  next_retry_at: Date | null;
  next_retry_reason: string | null;
  last_execution_error: string | null;
  last_error_type: string | null;
  result_data: unknown;
  job_config: unknown;
  completed_at: Date | null;
}

export interface HistoryRow {
  attempt_number: number;
  is_retry: boolean;
  success: boolean;
  decision: string;
  error_type: string | null;
  error_message: string | null;
  delay_seconds: number | null;
  jitter_seconds: number | null;
  backoff_multiplier: string | null;
  next_retry_at: Date | null;
  retry_reason: string;
  executor_id: string;
  duration_ms: number | null;
  logged_by: string;
}

export interface Claimed {
  job_id: string;
  job_type: string;
  attempt_number: number;
  is_retry: boolean;
  priority: number;
  max_retries: number;
  timeout_seconds: number;
  lease_token: string;
  lease_expires_at: string;
  endpoint_url: string | null;
}

export interface Settled {
  job_id: string;
  accepted: boolean;
  replayed: boolean;
  status: string | null;
  decision: string | null;
  reason: string | null;
  next_retry_at: string | null;
}

/** Inserts one job with a plain insert and returns its id; columns default as the table says. */
export async function insertJob(sql: Sql, columns: Record<string, unknown> = {}): Promise<string> {
  const row = { user_id: OWNER, job_type: 'test_job', ...columns };
  const [job] = await sql<{ id: string }[]>`insert into puppet_jobs ${sql(row)} returning id`;
  return job!.id;
}

/** Gives the type a policy without jitter, so that its delays are exact. */
export async function insertPolicy(sql: Sql, columns: Record<string, unknown> = {}): Promise<void> {
  const row = { job_type: 'test_job', jitter_enabled: false, ...columns };
  await sql`insert into puppet_job_retry_config ${sql(row)}`;
}

export async function jobRow(sql: Sql, id: string): Promise<JobRow> {
  const [row] = await sql<JobRow[]>`select * from puppet_jobs where id = ${id}`;
  return row!;
}

/** The history of a job, oldest attempt first. */
export async function historyOf(sql: Sql, id: string): Promise<HistoryRow[]> {
  return await sql<HistoryRow[]>`
    select * from puppet_job_retry_history where job_id = ${id} order by attempt_number
  `;
}

/** Claims due jobs of the types (not only handled ones) for the executor. */
export async function claim(
  sql: Sql,
  { executor = 'executor', limit = 20, types = ['test_job'], token = null as string | null } = {},
): Promise<Claimed[]> {
  const [row] = await sql<{ jobs: Claimed[] }[]>`
    select claim_jobs(${executor}, ${limit}, ${types}::text[], p_lease_token => ${token}) as jobs
  `;
  return row!.jobs;
}

/** Settles outcomes as the executor; each item is sent as it is. */
export async function settle(
  sql: Sql,
  outcomes: Record<string, unknown>[],
  executor = 'executor',
): Promise<Settled[]> {
  const [row] = await sql<{ settled: Settled[] }[]>`
    select settle_jobs(${executor}, ${JSON.stringify(outcomes)}::text::jsonb) as settled
  `;
  return row!.settled;
}

/** Inserts and claims one job. */
export async function claimedJob(
  sql: Sql,
  columns: Record<string, unknown> = {},
): Promise<Claimed> {
  const id = await insertJob(sql, columns);
  const type = typeof columns.job_type === 'string' ? columns.job_type : 'test_job';
  const claimed = (await claim(sql, { types: [type] })).find((job) => job.job_id === id);
  if (!claimed) throw new Error('the job was not claimed');
  return claimed;
}

/** Makes a waiting job due, as if the time of its wait had passed. */
export async function passWait(sql: Sql, id: string): Promise<void> {
  await sql`
    update puppet_jobs
    set next_retry_at = now() - interval '1 second'
    where id = ${id} and next_retry_at is not null
  `;
}

/** Makes the lease of a running job run out. */
export async function expireLease(sql: Sql, id: string): Promise<void> {
  await sql`update puppet_jobs set execution_timeout_at = now() - interval '1 second' where id = ${id}`;
}
