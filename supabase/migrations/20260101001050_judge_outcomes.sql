-- Judging: does an outcome count, and what does the database decide about it? Nothing is written.

create function puppet_private.decision_of(
  p_outcome text,
  p_verdict text,
  p_cancel_requested boolean,
  p_crashed boolean,
  p_crash_limit_reached boolean,
  p_deadline_passed boolean,
  p_failure_decision text
)
returns text
language sql
immutable
as $$
  select case
    when p_verdict = 'late' then 'succeeded_late'
    when p_outcome = 'completed' then 'succeeded'
    when p_outcome = 'cancelled' or p_cancel_requested then 'cancelled'
    when p_crashed and p_deadline_passed then 'deadline_passed'
    when p_crashed and p_crash_limit_reached then 'crash_limit_reached'
    when p_crashed then 'retry_scheduled'
    when p_outcome in ('snoozed', 'released') then p_outcome
    else p_failure_decision
  end
$$;

comment on function puppet_private.decision_of(
  text, text, boolean, boolean, boolean, boolean, text) is
  'The decision about an outcome that counts; snoozed and released decide nothing and stay so.';
revoke execute on function puppet_private.decision_of(
  text, text, boolean, boolean, boolean, boolean, text) from public;

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
  with asked as materialized (
    select o.*, random() as u
    from puppet_private.read_outcomes(p_outcomes, p_known) o
  ), judged as materialized (
    select a.*, j.status as old_status, j.stop_reason as old_decision,
      j.next_retry_at as old_next_retry_at, j.user_id, j.job_type, j.execution_attempts,
      j.executing_at, j.executing_by, j.final_status, j.next_retry_reason,
      coalesce(a.problem, puppet_private.verdict(j, a.lease_token, a.outcome)) as verdict,
      a.outcome in ('expired', 'crashed')
        or (a.outcome = 'released' and j.release_count >= c_releases_in_a_row) as crashed,
      puppet_private.crash_delay_seconds(j.crash_count) as crash_delay_seconds,
      j.crash_count + 1 >= policy.max_crashes as crash_limit_reached,
      j.cancel_requested_at is not null as cancel_requested,
      coalesce(j.deadline_at <= p_now, false) as deadline_passed,
      puppet_private.snooze_until(j, policy, a.snooze_seconds, p_now) as snoozed_until,
      puppet_private.failure_decision(
        j, policy, coalesce(a.error_type, 'unknown_error'),
        p_now + make_interval(secs => wait.delay_seconds)) as failure_decision,
      wait.delay_seconds, wait.jitter_seconds, policy.backoff_multiplier
    from asked a
    left join public.puppet_jobs j on j.id = a.job_id and j.id = any (p_ids)
    left join lateral puppet_private.policy_for(j.job_type) policy on true
    left join lateral puppet_private.retry_delay(
      j.retry_count, policy, a.retry_after_seconds, a.u) wait on true
  ), counted as materialized (
    -- Of several outcomes of one job that would count, the first does.
    select g.*,
      g.verdict in ('held', 'late') as would_count,
      row_number() over same_job > 1 as repeated,
      first_value(g.outcome) over same_job as first_outcome
    from judged g
    window same_job as (partition by g.job_id, g.verdict in ('held', 'late') order by g.place)
  ), decided as materialized (
    select c.*,
      case
        when c.would_count and not c.repeated then puppet_private.decision_of(
          c.outcome, c.verdict, c.cancel_requested, c.crashed, c.crash_limit_reached,
          c.deadline_passed, c.failure_decision)
      end as decision
    from counted c
  )
  select d.place, d.job_id, d.lease_token, d.outcome, d.result, d.error_type, d.error_message,
    d.duration_ms, d.context, d.would_count,
    case
      when not (d.would_count and d.repeated) then d.verdict
      when d.outcome = d.first_outcome then 'replayed'
      else 'already_settled'
    end,
    d.decision, d.crashed,
    case
      when d.decision = 'retry_scheduled' and d.crashed then d.crash_delay_seconds
      when d.decision = 'retry_scheduled' then d.delay_seconds
    end,
    case when d.decision = 'retry_scheduled' and not d.crashed then d.jitter_seconds end,
    case when d.decision = 'retry_scheduled' and not d.crashed then d.backoff_multiplier end,
    d.snoozed_until, d.user_id, d.job_type, d.execution_attempts, d.final_status is not null,
    d.executing_at, d.executing_by, coalesce(d.next_retry_reason, 'automatic'), d.old_status,
    d.old_decision, d.old_next_retry_at
  from decided d
  order by d.place;
end
$$;

comment on function puppet_private.judge_outcomes(jsonb, text[], uuid[], timestamptz) is
  'One row per reported outcome of the locked jobs: answer (held, late and replayed count; the '
  'others are the reason why not), the decision, and what the move and its history row need.';
revoke execute on function puppet_private.judge_outcomes(jsonb, text[], uuid[], timestamptz)
  from public;
