-- Judging: what does the database decide about the outcomes that count? Nothing is written.

create function puppet_private.judge_outcomes(
  p_outcomes jsonb,
  p_known text[],
  p_ctids tid[],
  p_job_types text[],
  p_now timestamptz,
  p_u double precision[]
)
returns table (
  place bigint, given_id text, job_id uuid, lease_token uuid, outcome text, result jsonb,
  error_type text, error_message text, duration_ms int, context jsonb, counts boolean, answer text,
  decision text, crashed boolean, wait_seconds int, jitter_seconds int, backoff_multiplier numeric,
  snoozed_until timestamptz, user_id uuid, job_type text, attempt_number int, is_retry boolean,
  executing_at timestamptz, executing_by text, retry_reason text, old_status text,
  old_decision text, old_next_retry_at timestamptz)
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  with weighed as materialized (
    select w.*,
      w.outcome in ('expired', 'crashed')
        -- Handed back for the sixth time in a row.
        or (w.outcome = 'released' and w.release_count >= 5) as crashed
    from puppet_private.weigh_outcomes(p_outcomes, p_known, p_ctids) w
  ), decided as (
    select r.*, p.policy, wait.delay_seconds, wait.jitter_seconds,
      -- snoozed and released decide nothing and stay so.
      case
        when not r.counts or r.repeated then null
        when r.answer = 'late' then 'succeeded_late'
        when r.outcome = 'completed' then 'succeeded'
        when r.outcome = 'cancelled' or r.cancel_requested then 'cancelled'
        when r.crashed and r.deadline_at <= p_now then 'deadline_passed'
        when r.crashed and r.crash_count + 1 >= (p.policy).max_crashes then 'crash_limit_reached'
        when r.crashed then 'retry_scheduled'
        when r.outcome in ('snoozed', 'released') then r.outcome
        else puppet_private.failure_decision(
          p.policy, coalesce(r.error_type, 'unknown_error'), r.retry_count, r.max_retries,
          r.retry_enabled, r.retry_window_started_at, r.deadline_at,
          p_now + make_interval(secs => wait.delay_seconds))
      end as decision
    from weighed r
    left join puppet_private.policies_of(p_job_types) p on p.for_type = r.job_type
    left join lateral puppet_private.retry_delay(
      r.retry_count, p.policy, r.retry_after_seconds, p_u[r.place]) wait
      on r.outcome = 'failed' and r.counts
  )
  select d.place, d.given_id, d.job_id, d.lease_token, d.outcome, d.result, d.error_type,
    d.error_message, d.duration_ms, d.context, d.counts, d.answer, d.decision, d.crashed,
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
      d.retry_window_started_at + make_interval(secs => (d.policy).max_elapsed_seconds))),
    d.user_id, d.job_type, d.execution_attempts, d.final_status is not null, d.executing_at,
    d.executing_by, coalesce(d.next_retry_reason, 'automatic'), d.status, d.stop_reason,
    d.next_retry_at
  from decided d
  order by d.place
$$;

comment on function puppet_private.judge_outcomes(
  jsonb, text[], tid[], text[], timestamptz, double precision[]) is
  'One row per reported outcome of the locked jobs: whether it counts, the answer, the decision, and '
  'what the move and its history row need. p_u: a random number in [0, 1] for each outcome.';
revoke execute on function puppet_private.judge_outcomes(
  jsonb, text[], tid[], text[], timestamptz, double precision[]) from public;
