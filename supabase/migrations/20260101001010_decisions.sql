-- What the database decides about an outcome: one clause per decision, the first that applies.

create function puppet_private.failure_decision(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_error_type text,
  p_next_retry_at timestamptz
)
returns text
language sql
immutable
as $$
  select case
    when not (
      p_error_type = any (p_policy.retry_on_error_types)
      and p_error_type <> all (p_policy.do_not_retry_on)) then 'error_not_retryable'
    when not p_job.retry_enabled then 'retries_disabled'
    when not p_policy.enabled then 'policy_disabled'
    when p_job.retry_count >= coalesce(p_job.max_retries, p_policy.max_retries)
      then 'max_retries_reached'
    when p_next_retry_at > p_job.retry_window_started_at
      + make_interval(secs => p_policy.max_elapsed_seconds) then 'max_elapsed_reached'
    when p_next_retry_at >= p_job.deadline_at then 'deadline_passed'
    else 'retry_scheduled'
  end
$$;

comment on function puppet_private.failure_decision(
  public.puppet_jobs, public.puppet_job_retry_config, text, timestamptz) is
  'retry_scheduled, or the first reason why a failed attempt gets no retry.';
revoke execute on function puppet_private.failure_decision(
  public.puppet_jobs, public.puppet_job_retry_config, text, timestamptz) from public;

create function puppet_private.snooze_until(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_seconds int,
  p_now timestamptz
)
returns timestamptz
language sql
immutable
as $$
  select greatest(
    p_now,
    least(
      p_now + make_interval(secs => p_seconds),
      p_job.deadline_at,
      p_job.retry_window_started_at + make_interval(secs => p_policy.max_elapsed_seconds)))
$$;

comment on function puppet_private.snooze_until(
  public.puppet_jobs, public.puppet_job_retry_config, int, timestamptz) is
  'When a snoozed job is due again: never past its deadline or its policy''s max_elapsed_seconds.';
revoke execute on function puppet_private.snooze_until(
  public.puppet_jobs, public.puppet_job_retry_config, int, timestamptz) from public;

create function puppet_private.verdict(
  p_job public.puppet_jobs,
  p_lease_token uuid,
  p_outcome text
)
returns text
language sql
immutable
as $$
  select case
    when p_job.id is null then 'job_not_found'
    when p_job.status = 'running' and p_job.lease_token = p_lease_token then 'held'
    when p_job.settled_token = p_lease_token and p_job.settled_outcome = p_outcome then 'replayed'
    when p_job.settled_token = p_lease_token then 'already_settled'
    -- Only a rescue leaves a job waiting whose last token was never settled.
    when p_outcome = 'completed' and p_job.status = 'queued' and p_job.final_status = 'failed'
      and p_job.lease_token = p_lease_token then 'late'
    else 'lease_lost'
  end
$$;

comment on function puppet_private.verdict(public.puppet_jobs, uuid, text) is
  'Whether an outcome counts: held, late and replayed do; the others are the reason why not.';
revoke execute on function puppet_private.verdict(public.puppet_jobs, uuid, text) from public;

create function puppet_private.status_after(p_decision text, p_final_status text)
returns text
language sql
immutable
as $$
  select case
    when p_decision in ('succeeded', 'succeeded_late') then 'completed'
    when p_decision = 'cancelled' then 'cancelled'
    when p_decision = 'retry_scheduled' then 'queued'
    when p_decision in ('snoozed', 'released') then
      case when p_final_status is null then 'pending' else 'queued' end
    else 'permanently_failed'
  end
$$;

comment on function puppet_private.status_after(text, text) is
  'Where a decision puts a job whose final_status was p_final_status.';
revoke execute on function puppet_private.status_after(text, text) from public;

create function puppet_private.crash_delay_seconds(p_crash_count int)
returns int
language sql
immutable
as $$
  select least(30 * power(2, least(p_crash_count, 12)), 86400)::int
$$;

comment on function puppet_private.crash_delay_seconds(int) is
  'The wait after a crash that follows p_crash_count crashes: 30 s, doubling, a day at most.';
revoke execute on function puppet_private.crash_delay_seconds(int) from public;
