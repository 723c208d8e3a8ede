import type { DatabaseClient } from '../../supabase/local/database_client.ts';

/** How full the database is; sizes in MB of 10^6 bytes, with indexes and all. */
export interface DatabaseState {
  /** Other clients' connections. */
  connections: number;
  jobsMb: number;
  historyMb: number;
  deadJobs: number;
  deadHistory: number;
  /** Jobs that could run now. */
  due: number;
  /** Jobs that wait for their time, and jobs that run. */
  later: number;
  running: number;
}

export async function readState(sql: DatabaseClient): Promise<DatabaseState> {
  const [row] = await sql<DatabaseState[]>`
    select
      (select count(*)::int from pg_stat_activity a
        where a.backend_type = 'client backend' and a.pid <> pg_backend_pid()) as connections,
      pg_total_relation_size('public.puppet_jobs')::float8 / 1e6 as "jobsMb",
      pg_total_relation_size('public.puppet_job_retry_history')::float8 / 1e6 as "historyMb",
      pg_stat_get_dead_tuples('public.puppet_jobs'::regclass)::int as "deadJobs",
      pg_stat_get_dead_tuples('public.puppet_job_retry_history'::regclass)::int as "deadHistory",
      due, later, running
    from (
      select
        count(*) filter (where j.status <> 'running'
          and coalesce(j.next_retry_at, j.scheduled_at) <= now())::int as due,
        count(*) filter (where j.status <> 'running'
          and coalesce(j.next_retry_at, j.scheduled_at) > now())::int as later,
        count(*) filter (where j.status = 'running')::int as running
      from (
        select q.status, q.next_retry_at, q.scheduled_at
        from public.puppet_jobs q where q.status in ('pending', 'queued')
        union all
        select r.status, r.next_retry_at, r.scheduled_at
        from public.puppet_jobs r where r.status = 'running') j) open
  `;
  if (!row) throw new Error('An aggregate gave no row');
  return row;
}

/** What has become of all jobs. */
export interface JobCounts {
  completed: number;
  failedForGood: number;
  waiting: number;
}

export async function countJobs(sql: DatabaseClient): Promise<JobCounts> {
  const [row] = await sql<JobCounts[]>`
    select count(*) filter (where j.status = 'completed')::int as completed,
      count(*) filter (where j.status = 'permanently_failed')::int as "failedForGood",
      count(*) filter (where j.status in ('pending', 'queued', 'running'))::int as waiting
    from public.puppet_jobs j
  `;
  if (!row) throw new Error('An aggregate gave no row');
  return row;
}
