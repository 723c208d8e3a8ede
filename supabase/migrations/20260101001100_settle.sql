-- Settling: the one place where an attempt ends. Every outcome, reported, expired or handed back,
-- becomes a verdict (does it count?), a decision (what happens?), a move of the job and its
-- history row, in one statement.

create function puppet_private.settle(p_outcomes jsonb, p_known text[])
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  c_releases_in_a_row constant int := 5;
  v_now timestamptz;
  v_ids uuid[];
  v_report jsonb;
begin
  v_ids := array(
    select distinct o.job_id
    from puppet_private.read_outcomes(p_outcomes, p_known) o
    where o.job_id is not null
    order by o.job_id);
  -- Locked in id order, so that two settles in opposite order wait instead of deadlocking; the next
  -- statement sees what the lock waited for.
  perform j.id from public.puppet_jobs j where j.id = any (v_ids) order by j.id for update;
  v_now := clock_timestamp();

  with asked as materialized (
    select o.*, random() as u
    from puppet_private.read_outcomes(p_outcomes, p_known) o
  ), judged as materialized (
    select a.*, j.status as current_status, j.user_id, j.job_type, j.execution_attempts,
      j.executing_at, j.executing_by, j.final_status, j.next_retry_reason, j.next_retry_at,
      j.stop_reason,
      case
        when a.problem is not null then a.problem
        else puppet_private.verdict(j, a.lease_token, a.outcome)
      end as verdict,
      puppet_private.crash_delay_seconds(j.crash_count) as crash_delay_seconds,
      a.outcome in ('expired', 'crashed')
        or (a.outcome = 'released' and j.release_count >= c_releases_in_a_row) as crashed,
      j.crash_count + 1 >= policy.max_crashes as crash_limit_reached,
      j.cancel_requested_at is not null as cancel_requested,
      puppet_private.snooze_until(j, policy, a.snooze_seconds, v_now) as snoozed_until,
      puppet_private.failure_decision(
        j, policy, coalesce(a.error_type, 'unknown_error'),
        v_now + make_interval(secs => wait.delay_seconds)) as failure_decision,
      wait.delay_seconds, wait.jitter_seconds, policy.backoff_multiplier
    from asked a
    left join public.puppet_jobs j on j.id = a.job_id and j.id = any (v_ids)
    left join lateral puppet_private.policy_for(j.job_type) policy on true
    left join lateral puppet_private.retry_delay(
      j.retry_count, policy, a.retry_after_seconds, a.u) wait on true
  ), counted as materialized (
    -- Of several outcomes of one job that would count, the first does.
    select g.*,
      g.verdict in ('held', 'late') and row_number() over same_job > 1 as repeated,
      first_value(g.outcome) over same_job as first_outcome
    from judged g
    window same_job as (partition by g.job_id, g.verdict in ('held', 'late') order by g.place)
  ), decided as materialized (
    select g.*,
      case
        when g.repeated or g.verdict not in ('held', 'late') then null
        when g.verdict = 'late' then 'succeeded_late'
        when g.outcome = 'completed' then 'succeeded'
        when g.outcome = 'cancelled' or g.cancel_requested then 'cancelled'
        when g.crashed and g.crash_limit_reached then 'crash_limit_reached'
        when g.crashed then 'retry_scheduled'
        when g.outcome in ('snoozed', 'released') then g.outcome
        else g.failure_decision
      end as decision,
      case
        when not g.repeated then g.verdict
        when g.outcome = g.first_outcome then 'replayed'
        else 'already_settled'
      end as answer
    from counted g
  ), moves as materialized (
    select d.*,
      d.decision not in ('succeeded', 'succeeded_late', 'snoozed', 'released') as ends_in_error,
      case
        when d.decision <> 'retry_scheduled' then null
        when d.crashed then d.crash_delay_seconds
        else d.delay_seconds
      end as wait_seconds,
      coalesce(d.error_type, case
        when d.crashed then 'lease_expired'
        when d.outcome = 'failed' then 'unknown_error'
        else 'cancelled'
      end) as logged_error_type
    from decided d
    where d.decision is not null
  ), moved as (
    update public.puppet_jobs j
    set status = puppet_private.status_after(m.decision, j.final_status),
      final_status = case
        when m.decision = 'retry_scheduled' then 'failed'
        when m.decision in ('snoozed', 'released') then j.final_status
        else puppet_private.status_after(m.decision, j.final_status)
      end,
      next_retry_at = case m.decision
        when 'retry_scheduled' then v_now + make_interval(secs => m.wait_seconds)
        when 'snoozed' then m.snoozed_until
        when 'released' then v_now
      end,
      retry_count = j.retry_count + (m.decision = 'retry_scheduled' and not m.crashed)::int,
      crash_count = j.crash_count + m.crashed::int,
      snooze_count = j.snooze_count + (m.decision = 'snoozed')::int,
      release_count = case
        when m.decision = 'released' then j.release_count + 1
        else 0
      end,
      last_execution_error = case
        when m.ends_in_error then coalesce(m.error_message, m.logged_error_type)
        else j.last_execution_error
      end,
      last_error_type = case
        when m.ends_in_error then m.logged_error_type
        else j.last_error_type
      end,
      stop_reason = case
        when m.decision not in ('retry_scheduled', 'snoozed', 'released') then m.decision
      end,
      completed_at = case
        when m.decision not in ('retry_scheduled', 'snoozed', 'released') then v_now
      end,
      result_data = case
        when m.decision in ('succeeded', 'succeeded_late') then m.result
        else j.result_data
      end,
      next_retry_reason = case
        when m.decision in ('snoozed', 'released') then j.next_retry_reason
      end,
      executing_by = null,
      executing_at = null,
      execution_timeout_at = null,
      -- An expired lease was not settled: its executor may still be late, and then counts.
      settled_token = case when m.outcome = 'expired' then j.settled_token else m.lease_token end,
      settled_outcome = case when m.outcome = 'expired' then j.settled_outcome else m.outcome end,
      updated_at = v_now
    from moves m
    where j.id = m.job_id
      and j.id = any (v_ids)
      and j.lease_token = m.lease_token
      and j.status = m.current_status
    returning j.id, j.status, j.next_retry_at
  ), logged as (
    insert into public.puppet_job_retry_history (
      job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
      error_type, error_message, decision, delay_seconds, backoff_multiplier, jitter_seconds,
      next_retry_at, retry_reason, executor_id, execution_context, logged_by, created_at)
    select m.job_id, m.user_id, m.job_type, m.execution_attempts, m.final_status is not null,
      m.executing_at,
      coalesce(m.duration_ms, least(
        extract(epoch from v_now - m.executing_at) * 1000, 2000000000)::int),
      m.decision = 'succeeded',
      case when m.ends_in_error then m.logged_error_type end,
      case when m.ends_in_error then m.error_message end,
      m.decision, m.wait_seconds,
      case when m.wait_seconds is not null and not m.crashed then m.backoff_multiplier end,
      case when m.wait_seconds is not null and not m.crashed then m.jitter_seconds end,
      v_now + make_interval(secs => m.wait_seconds),
      coalesce(m.next_retry_reason, 'automatic'), m.executing_by, m.context, 'engine', v_now
    from moves m
    where m.ends_in_error
      or (m.decision = 'succeeded' and m.final_status is not null)
  ), corrected as (
    -- The attempt that a rescue gave up for lost did succeed.
    update public.puppet_job_retry_history h
    set success = true,
      decision = 'succeeded_late',
      error_type = null,
      error_message = null,
      delay_seconds = null,
      next_retry_at = null,
      duration_ms = coalesce(m.duration_ms, h.duration_ms)
    from moves m
    where m.decision = 'succeeded_late'
      and h.job_id = m.job_id
      and h.attempt_number = m.execution_attempts
      and h.logged_by = 'engine'
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'job_id', d.job_id,
        'accepted', d.answer in ('held', 'late', 'replayed'),
        'replayed', d.answer = 'replayed',
        'status', coalesce(m.status, d.current_status),
        'decision', coalesce(
          nullif(nullif(d.decision, 'snoozed'), 'released'),
          d.stop_reason,
          case when d.answer = 'replayed' and d.outcome = 'failed' then 'retry_scheduled' end),
        'reason', case when d.answer not in ('held', 'late', 'replayed') then d.answer end,
        'next_retry_at', case when m.id is null then d.next_retry_at else m.next_retry_at end)
      order by d.place),
    '[]')
  into v_report
  from decided d
  left join moved m on m.id = d.job_id and d.verdict in ('held', 'late');
  return v_report;
end
$$;

comment on function puppet_private.settle(jsonb, text[]) is
  'Applies outcomes of the known kinds and reports on each, in order, as settle_jobs says.';
revoke execute on function puppet_private.settle(jsonb, text[]) from public;
