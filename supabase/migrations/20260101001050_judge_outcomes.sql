-- Judging: what does the database decide about the outcomes that count? Nothing is written.

create function puppet_private.judge_outcomes(
  p_outcomes jsonb,
  p_known text[],
  p_ids uuid[],
  p_now timestamptz
)
returns table (
  place bigint, job_id uuid, lease_token uuid, outcome text, result jsonb, error_type text,
  error_message text, duration_ms int, context jsonb, counts boolean, answer text, decision text,
  crashed boolean, wait_seconds int, jitter_seconds int, backoff_multiplier numeric,
  snoozed_until timestamptz, user_id uuid, job_type text, attempt_number int, is_retry boolean,
  executing_at timestamptz, executing_by text, retry_reason text, old_status text,
  old_decision text, old_next_retry_at timestamptz)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  c_releases_in_a_row constant int := 5;
begin
  return query
  with weighed as materialized (
    select w.*, j.status, j.final_status, j.stop_reason, j.next_retry_at, j.user_id, j.job_type,
      j.execution_attempts, j.executing_at, j.executing_by, j.next_retry_reason, j.crash_count,
      j.retry_count, j.max_retries, j.retry_enabled, j.retry_window_started_at, j.deadline_at,
      j.cancel_requested_at is not null as cancel_requested,
      w.outcome = 'failed' and w.counts as fails,
      w.outcome in ('expired', 'crashed')
        or (w.outcome = 'released' and j.release_count >= c_releases_in_a_row) as crashed
    from puppet_private.weigh_outcomes(p_outcomes, p_known, p_ids) w
    left join public.puppet_jobs j on j.id = w.job_id and j.id = any (p_ids)
  ), ruled as materialized (
    select w.*, p.policy, (p.policy).max_crashes, (p.policy).max_elapsed_seconds,
      case when w.fails then row_number() over (partition by w.fails order by w.place) end
        as failure
    from weighed w
    left join puppet_private.policies_of(array(select distinct job_type from weighed)) p
      on p.for_type = w.job_type
  ), waits as materialized (
    select d.*
    from (
      select array_agg(r.policy order by r.failure) as policies,
        array_agg(r.retry_count order by r.failure) as retry_counts,
        array_agg(r.retry_after_seconds order by r.failure) as retry_after_seconds,
        array_agg(random() order by r.failure) as u
      from ruled r
      where r.failure is not null
    ) all_of
    cross join lateral puppet_private.retry_delays(
      all_of.policies, all_of.retry_counts, all_of.retry_after_seconds, all_of.u) d
  ), failures as materialized (
    select d.*
    from (
      select array_agg(r.policy order by r.failure) as policies,
        array_agg(
          row(
            r.retry_count, r.max_retries, r.retry_enabled, r.retry_window_started_at,
            r.deadline_at, coalesce(r.error_type, 'unknown_error'),
            p_now + make_interval(secs => w.delay_seconds))::puppet_private.failure
          order by r.failure) as failures
      from ruled r
      join waits w on w.place = r.failure
    ) all_of
    cross join lateral puppet_private.failure_decisions(all_of.policies, all_of.failures) d
  ), decided as (
    select r.*, w.delay_seconds, w.jitter_seconds,
      -- snoozed and released decide nothing and stay so.
      case
        when not r.counts or r.repeated then null
        when r.answer = 'late' then 'succeeded_late'
        when r.outcome = 'completed' then 'succeeded'
        when r.outcome = 'cancelled' or r.cancel_requested then 'cancelled'
        when r.crashed and r.deadline_at <= p_now then 'deadline_passed'
        when r.crashed and r.crash_count + 1 >= r.max_crashes then 'crash_limit_reached'
        when r.crashed then 'retry_scheduled'
        when r.outcome in ('snoozed', 'released') then r.outcome
        else f.decision
      end as decision
    from ruled r
    left join waits w on w.place = r.failure
    left join failures f on f.place = r.failure
  )
  select d.place, d.job_id, d.lease_token, d.outcome, d.result, d.error_type, d.error_message,
    d.duration_ms, d.context, d.counts, d.answer, d.decision, d.crashed,
    case
      -- After a crash: 30 s, doubling with each, a day at most.
      when d.decision = 'retry_scheduled' and d.crashed
        then least(30 * power(2, least(d.crash_count, 12)), 86400)::int
      when d.decision = 'retry_scheduled' then d.delay_seconds
    end,
    case when d.decision = 'retry_scheduled' and not d.crashed then d.jitter_seconds end,
    case
      when d.decision = 'retry_scheduled' and not d.crashed then (d.policy).backoff_multiplier
    end,
    -- Never past the deadline or max_elapsed_seconds.
    greatest(p_now, least(
      p_now + make_interval(secs => d.snooze_seconds),
      d.deadline_at,
      d.retry_window_started_at + make_interval(secs => d.max_elapsed_seconds))),
    d.user_id, d.job_type, d.execution_attempts, d.final_status is not null, d.executing_at,
    d.executing_by, coalesce(d.next_retry_reason, 'automatic'), d.status, d.stop_reason,
    d.next_retry_at
  from decided d
  order by d.place;
end
$$;

comment on function puppet_private.judge_outcomes(jsonb, text[], uuid[], timestamptz) is
  'One row per reported outcome of the locked jobs: whether it counts, the answer, the decision, and '
  'what the move and its history row need.';
revoke execute on function puppet_private.judge_outcomes(jsonb, text[], uuid[], timestamptz)
  from public;
