-- Whether a failure gets a retry: one clause per reason why not, the first that applies.

create function puppet_private.failure_decision(
  p_policy public.puppet_job_retry_config,
  p_error_type text,
  p_retry_count int,
  p_max_retries int,
  p_retry_enabled boolean,
  p_retry_window_started_at timestamptz,
  p_deadline_at timestamptz,
  p_next_retry_at timestamptz
)
returns text
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select case
    when not (
      p_error_type = any (p_policy.retry_on_error_types)
      and p_error_type <> all (p_policy.do_not_retry_on)) then 'error_not_retryable'
    when not p_retry_enabled then 'retries_disabled'
    when not p_policy.enabled then 'policy_disabled'
    when p_retry_count >= coalesce(p_max_retries, p_policy.max_retries) then 'max_retries_reached'
    when p_next_retry_at > p_retry_window_started_at
      + make_interval(secs => p_policy.max_elapsed_seconds) then 'max_elapsed_reached'
    when p_next_retry_at >= p_deadline_at then 'deadline_passed'
    else 'retry_scheduled'
  end
$$;

comment on function puppet_private.failure_decision(
  public.puppet_job_retry_config, text, int, int, boolean, timestamptz, timestamptz, timestamptz) is
  'retry_scheduled, or the first reason why a failure gets no retry. Besides the policy it depends '
  'on the error, columns of the job, and when the retry would be.';
revoke execute on function puppet_private.failure_decision(
  public.puppet_job_retry_config, text, int, int, boolean, timestamptz, timestamptz, timestamptz)
  from public;
