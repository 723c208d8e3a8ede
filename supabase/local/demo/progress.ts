import type { DatabaseClient } from '../database_client.ts';

/** How the jobs of one type stand. */
export interface TypeProgress {
  jobType: string;
  /** Never failed, not claimed. */
  waiting: number;
  running: number;
  /** Failed, and will be tried again. */
  retrying: number;
  completed: number;
  failed: number;
  attempts: number;
  /** Until the soonest retry; negative when it is overdue, null when none is scheduled. */
  nextRetrySeconds: number | null;
}

/** Reads how all jobs stand, one row per type. */
export async function readProgress(sql: DatabaseClient): Promise<TypeProgress[]> {
  return await sql<TypeProgress[]>`
    select j.job_type as "jobType",
      (count(*) filter (where w.waits and j.final_status is null))::int as waiting,
      (count(*) filter (where j.status = 'running'))::int as running,
      (count(*) filter (where w.waits and j.final_status = 'failed'))::int as retrying,
      (count(*) filter (where j.status = 'completed'))::int as completed,
      (count(*) filter (where j.status in ('permanently_failed', 'cancelled')))::int as failed,
      sum(j.execution_attempts)::int as attempts,
      extract(epoch from min(j.next_retry_at) - clock_timestamp())::float8 as "nextRetrySeconds"
    from puppet_jobs j
    cross join lateral (select j.status in ('pending', 'queued')) w (waits)
    group by j.job_type
    order by j.job_type
  `;
}

/** All types taken together. */
export function totalOf(types: TypeProgress[]): TypeProgress {
  const sum = (read: (type: TypeProgress) => number) =>
    types.reduce((total, type) => total + read(type), 0);
  const waits = types.flatMap(({ nextRetrySeconds }) => nextRetrySeconds ?? []);
  return {
    jobType: 'all',
    waiting: sum((type) => type.waiting),
    running: sum((type) => type.running),
    retrying: sum((type) => type.retrying),
    completed: sum((type) => type.completed),
    failed: sum((type) => type.failed),
    attempts: sum((type) => type.attempts),
    nextRetrySeconds: waits.length === 0 ? null : Math.min(...waits),
  };
}

/** Jobs that have not ended. */
export function unfinished({ waiting, running, retrying }: TypeProgress): number {
  return waiting + running + retrying;
}
