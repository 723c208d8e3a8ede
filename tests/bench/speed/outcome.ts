import { withDatabase } from '../../../supabase/local/database_client.ts';
import type { Work } from './driver/protocol.ts';

/** What stands in a contender's tables after a pass, of the jobs of that pass alone. */
export interface Outcome {
  /** Jobs that are to be worked on yet. */
  left: number;
  /** Null for who deletes what completes. */
  completed: number | null;
  /** Failed attempts of those that completed; null for who keeps no count of them. */
  failures: number | null;
}

// Parked retries are due in hours, and never completed.
const QUERIES: Record<string, string> = {
  'puppet-retry': `
    select count(*) filter (where status <> 'completed'
        and coalesce(next_retry_at, scheduled_at) < now() + interval '1 hour')::int as left,
      count(*) filter (where status = 'completed')::int as completed,
      (select count(*) from public.puppet_job_retry_history h join public.puppet_jobs j
        on j.id = h.job_id where j.status = 'completed' and not h.success)::int as failures
    from public.puppet_jobs
    where job_type = 'bench'`,
  'pg-boss': `
    select count(*) filter (where state <> 'completed'
        and start_after < now() + interval '1 hour')::int as left,
      count(*) filter (where state = 'completed')::int as completed,
      coalesce(sum(retry_count) filter (where state = 'completed'), 0)::int as failures
    from pgboss.job
    where name = 'bench'`,
  'graphile-worker': `
    select count(*)::int as left, null as completed, null as failures
    from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'bench' and j.run_at < now() + interval '1 hour'`,
  floor: `
    select count(*) filter (where status <> 'completed'
        and due_at < now() + interval '1 hour')::int as left,
      count(*) filter (where status = 'completed')::int as completed,
      (select count(*) from bench_floor.history)::int as failures
    from bench_floor.jobs`,
  'contract floor': `
    select count(*) filter (where status <> 'completed'
        and coalesce(next_retry_at, scheduled_at) < now() + interval '1 hour')::int as left,
      count(*) filter (where status = 'completed')::int as completed,
      (select count(*) from bench_contract.history h join bench_contract.jobs j
        on j.id = h.job_id where j.status = 'completed' and not h.success)::int as failures
    from bench_contract.jobs
    where job_type = 'bench'`,
};

/** Reads it; a contender's name begins with that of its tables. */
export async function readOutcome(url: string, contender: string): Promise<Outcome> {
  const [, query] = Object.entries(QUERIES).find(([name]) => contender.startsWith(name)) ?? [];
  if (!query) throw new Error(`No query in ${import.meta.url} is of ${contender}`);
  return await withDatabase(url, async (sql) => {
    const [outcome] = await sql.unsafe<Outcome[]>(query);
    if (!outcome) throw new Error(`No outcome of ${contender}`);
    return outcome;
  });
}

/** Throws unless every job was enqueued, or has failed as often as it was to and then completed. */
export function checkOutcome(work: Work, { left, completed, failures }: Outcome): void {
  const { jobs, enqueueOnly } = work;
  const failing = Math.floor(jobs * work.failing);
  const isRight = enqueueOnly
    ? left === jobs
    : left === 0 && (completed ?? jobs) === jobs && (failures ?? failing) === failing;
  if (isRight) return;
  const found = `${left} are left, ${completed} completed, with ${failures} failed attempts`;
  throw new Error(`Nothing can be told of a pass of ${jobs} jobs (${failing} to fail): ${found}`);
}
