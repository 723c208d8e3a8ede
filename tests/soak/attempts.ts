import type { DatabaseClient } from '../../supabase/local/database_client.ts';

/** What was settled in a time; waits in ms, null where there was none. */
export interface SettledAttempts {
  settled: number;
  /** From due to claimed. */
  claimP50: number | null;
  claimP99: number | null;
  /** From due to the handler's or the endpoint's first line, of attempts that succeeded. */
  startP50: number | null;
  startP99: number | null;
}

/**
 * The attempts settled after `from` and up to `to`: rows of history, and jobs that succeeded at
 * once, which leave none. A retry was due when the attempt before it said.
 */
export async function readAttempts(
  sql: DatabaseClient,
  from: Date,
  to: Date,
): Promise<SettledAttempts> {
  const [row] = await sql<SettledAttempts[]>`
    with attempts as (
      select j.scheduled_at as due, j.last_attempt_at as claimed, j.result_data as result
      from public.puppet_jobs j
      where j.status = 'completed'
        and j.completed_at > ${from} and j.completed_at <= ${to}
        and j.retry_count = 0
      union all
      select coalesce(before.next_retry_at, j.scheduled_at), h.attempted_at,
        case when h.success then j.result_data end
      from public.puppet_job_retry_history h
      join public.puppet_jobs j on j.id = h.job_id
      left join lateral (
        select b.next_retry_at
        from public.puppet_job_retry_history b
        where b.job_id = h.job_id
          and b.attempt_number < h.attempt_number
        order by b.attempt_number desc
        limit 1) before on true
      where h.attempted_at > ${from}::timestamptz - interval '2 minutes'
        and h.created_at > ${from} and h.created_at <= ${to}
    ), waits as (
      select extract(epoch from a.claimed - a.due) * 1000 as claim,
        (a.result ->> 'started_at')::numeric - extract(epoch from a.due) * 1000 as start
      from attempts a
    )
    select count(*)::int as settled,
      percentile_cont(0.5) within group (order by w.claim) as "claimP50",
      percentile_cont(0.99) within group (order by w.claim) as "claimP99",
      percentile_cont(0.5) within group (order by w.start) as "startP50",
      percentile_cont(0.99) within group (order by w.start) as "startP99"
    from waits w
  `;
  if (!row) throw new Error('An aggregate gave no row');
  return row;
}
