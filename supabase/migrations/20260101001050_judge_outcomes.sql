-- Judging: what does the database decide about the outcomes that count? Nothing is written.

create function puppet_private.judge_outcomes(
  p_outcomes jsonb,
  p_known text[],
  p_ctids tid[],
  p_job_types text[],
  p_now timestamptz,
  p_u double precision
)
returns table (
  place bigint, given_id text, job_id uuid, row_ctid tid, lease_token uuid, outcome text,
  result jsonb, error_type text, error_message text, duration_ms int, context jsonb, verdict text,
  decision text, crashed boolean, wait_seconds int, jitter_seconds int, backoff_multiplier numeric,
  snoozed_until timestamptz, user_id uuid, job_type text, attempt_number int, is_retry boolean,
  executing_at timestamptz, executing_by text, retry_reason text, old_status text,
  old_decision text, old_next_retry_at timestamptz)
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select d.place, d.given_id, d.job_id, d.row_ctid, d.lease_token, d.outcome, d.result,
    d.error_type, d.error_message, d.duration_ms, d.context, d.verdict, d.decision, d.crashed,
    case
      -- After a crash: 30 s, doubling with each, a day at most.
      when d.decision = 'retry_scheduled' and d.crashed
        then least(30 * power(2, least(d.crash_count, 12)), 86400)::int
      when d.decision = 'retry_scheduled' then d.delay_seconds
    end,
    case when d.decision = 'retry_scheduled' and not d.crashed then d.jitter_seconds end,
    case when d.decision = 'retry_scheduled' and not d.crashed then d.backoff_multiplier end,
    -- Never past the deadline or max_elapsed_seconds.
    greatest(p_now, least(
      p_now + make_interval(secs => d.snooze_seconds),
      d.deadline_at,
      d.retry_window_started_at + make_interval(secs => d.max_elapsed_seconds))),
    d.user_id, d.job_type, d.execution_attempts, d.final_status is not null, d.executing_at,
    d.executing_by, coalesce(d.next_retry_reason, 'automatic'), d.status, d.stop_reason,
    d.next_retry_at
  from (
    select w.*, c.crashed, wait.delay_seconds, wait.jitter_seconds, (p.policy).backoff_multiplier,
      (p.policy).max_elapsed_seconds,
      -- snoozed and released decide nothing and stay so, but where a job has snoozed for too long.
      case
        when w.verdict = 'late' then 'succeeded_late'
        when w.verdict <> 'held' then null
        when w.outcome = 'completed' then 'succeeded'
        when w.outcome = 'cancelled' or w.cancel_requested then 'cancelled'
        when c.crashed and w.deadline_at <= p_now then 'deadline_passed'
        when c.crashed and w.crash_count + 1 >= (p.policy).max_crashes then 'crash_limit_reached'
        when c.crashed then 'retry_scheduled'
        -- Else it would be due at once, and snooze again, for ever.
        when w.outcome = 'snoozed' and p_now >= w.retry_window_started_at
            + make_interval(secs => (p.policy).max_elapsed_seconds) then 'max_elapsed_reached'
        when w.outcome in ('snoozed', 'released') then w.outcome
        else puppet_private.failure_decision(
          p.policy, coalesce(w.error_type, 'unknown_error'), w.retry_count, w.max_retries,
          w.retry_enabled, w.retry_window_started_at, w.deadline_at,
          p_now + make_interval(secs => wait.delay_seconds))
      end as decision
    from puppet_private.weigh_outcomes(p_outcomes, p_known, p_ctids) w
    cross join lateral (
      select w.outcome in ('expired', 'crashed')
        -- Handed back for the sixth time in a row.
        or (w.outcome = 'released' and w.release_count >= 5)
    ) c (crashed)
    -- Steps of the golden ratio from one random number: each is as random, and those that follow each
    -- other in a batch are spread evenly.
    cross join lateral (
      select p_u + w.place * 0.618033988749895::float8
    ) stepped (u)
    left join puppet_private.policies_of(p_job_types) p on p.for_type = w.job_type
    left join lateral (
      select r.delay_seconds, r.jitter_seconds
      from puppet_private.retry_delay(
        w.retry_count, p.policy, w.retry_after_seconds, stepped.u - floor(stepped.u)) r
      where w.outcome = 'failed' and w.verdict = 'held'
      -- offset 0: this is asked before a wait is worked out, not of each that was.
      offset 0
    ) wait on true
    -- The decision is made once, not wherever it is named.
    offset 0
  ) d
$$;

comment on function puppet_private.judge_outcomes(
  jsonb, text[], tid[], text[], timestamptz, double precision) is
  'One row per reported outcome of the locked jobs: the verdict, the decision, and what the move and '
  'its history row need. p_u: a random number in [0, 1).';
revoke execute on function puppet_private.judge_outcomes(
  jsonb, text[], tid[], text[], timestamptz, double precision) from public;
