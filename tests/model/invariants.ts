import type postgres from 'postgres';

/** The database's clock, and what the contract promises of all rows and does not hold. */
export function readInvariants(sql: postgres.TransactionSql) {
  return sql<{ now: number; broken: string[] }[]>`
    select clock_timestamp() as now, array(
      select b.says || ' | ' || b.id
      from (
        select j.id, case
          when (j.status in ('completed', 'permanently_failed', 'cancelled'))
            <> (j.final_status is not distinct from j.status)
            then 'terminal means that final_status equals status'
          when j.status = j.final_status and (j.next_retry_at is not null or j.completed_at is null)
            then 'terminal means ended, and no next retry'
          when (j.status = 'running') <> (j.execution_timeout_at is not null)
            or num_nonnulls(j.executing_by, j.executing_at, j.execution_timeout_at) in (1, 2)
            then 'running means held, and nothing else is'
          when j.status = 'running' and (
            j.lease_token is null or j.lease_token is not distinct from j.settled_token)
            then 'a live lease has a token that was never settled'
          when j.status = 'queued' and j.final_status is not null
            and (j.final_status <> 'failed' or j.next_retry_at is null)
            then 'queued after a failure has a next retry'
          when j.status = 'pending' and j.final_status is not null then 'pending never failed'
          when (j.stop_reason is not null) <> (j.final_status is not distinct from j.status)
            then 'only what has ended has a stop_reason'
        end as says
        from puppet_jobs j
        union all
        select h.job_id, case
          when h.attempt_number > j.execution_attempts then 'no attempt is ahead of its job'
          when h.success <> (h.error_type is null)
            or h.success <> (h.decision in ('succeeded', 'succeeded_late'))
            then 'a success has no error, and a failure has one'
          when (h.decision = 'retry_scheduled') <> (h.delay_seconds is not null)
            or (h.delay_seconds is null) <> (h.next_retry_at is null)
            then 'a wait is written where one was scheduled, and nowhere else'
          when h.jitter_seconds > h.delay_seconds then 'jitter is a part of the delay'
          when h.next_retry_at - make_interval(secs => h.delay_seconds)
            not between h.created_at - interval '1 microsecond'
            and h.created_at + interval '1 microsecond'
            then 'the wait begins when it is written down'
          when h.attempt_number = j.execution_attempts and j.status = j.final_status
            and j.stop_reason not in ('cancelled', 'deadline_passed', 'retries_disabled')
            and h.decision <> j.stop_reason then 'the last row says why the job ended'
        end
        from puppet_job_retry_history h
        join puppet_jobs j on j.id = h.job_id
        where h.logged_by = 'engine'
        union all
        select h.job_id, 'attempts are written once each, and numbers rise with time'
        from (
          select o.job_id, o.attempt_number, o.attempted_at,
            lag(o.attempt_number) over w as earlier_number, lag(o.attempted_at) over w as earlier
          from puppet_job_retry_history o
          where o.logged_by = 'engine'
          window w as (partition by o.job_id order by o.attempt_number, o.attempted_at)
        ) h
        where h.attempt_number = h.earlier_number or h.attempted_at < h.earlier
        union all
        select j.id, 'retries are granted one by one'
        from puppet_jobs j
        where j.retry_count > (
          select count(*)
          from puppet_job_retry_history h
          where h.job_id = j.id
            and h.delay_seconds is not null
            and h.backoff_multiplier is not null)
      ) b
      where b.says is not null
    ) as broken
  `;
}
