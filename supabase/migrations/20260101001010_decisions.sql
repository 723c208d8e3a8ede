-- Whether a failure gets a retry: one clause per reason why not, the first that applies.

create type puppet_private.failure as (
  retry_count int,
  max_retries int,
  retry_enabled boolean,
  retry_window_started_at timestamptz,
  deadline_at timestamptz,
  error_type text,
  next_retry_at timestamptz
);

comment on type puppet_private.failure is
  'What the decision about a failure depends on besides the policy: columns of the job, the error, '
  'and when its retry would be.';

create function puppet_private.failure_decisions(
  p_policies public.puppet_job_retry_config[],
  p_failures puppet_private.failure[]
)
returns table (place bigint, decision text)
language plpgsql
immutable
set search_path = ''
as $$
begin
  return query
  select failure.ordinality,
    case
      when not (
        failure.error_type = any (policy.retry_on_error_types)
        and failure.error_type <> all (policy.do_not_retry_on)) then 'error_not_retryable'
      when not failure.retry_enabled then 'retries_disabled'
      when not policy.enabled then 'policy_disabled'
      when failure.retry_count >= coalesce(failure.max_retries, policy.max_retries)
        then 'max_retries_reached'
      when failure.next_retry_at > failure.retry_window_started_at
        + make_interval(secs => policy.max_elapsed_seconds) then 'max_elapsed_reached'
      when failure.next_retry_at >= failure.deadline_at then 'deadline_passed'
      else 'retry_scheduled'
    end
  from unnest(p_failures) with ordinality failure
  join unnest(p_policies) with ordinality policy on policy.ordinality = failure.ordinality;
end
$$;

comment on function puppet_private.failure_decisions(
  public.puppet_job_retry_config[], puppet_private.failure[]) is
  'For many failures at once, each with its policy: retry_scheduled, or the first reason why it '
  'gets no retry.';
revoke execute on function puppet_private.failure_decisions(
  public.puppet_job_retry_config[], puppet_private.failure[]) from public;

create function puppet_private.failure_decision(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_error_type text,
  p_next_retry_at timestamptz
)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_failure constant puppet_private.failure := row(
    p_job.retry_count, p_job.max_retries, p_job.retry_enabled, p_job.retry_window_started_at,
    p_job.deadline_at, p_error_type, p_next_retry_at);
begin
  return (
    select d.decision
    from puppet_private.failure_decisions(array[p_policy], array[v_failure]) d
  );
end
$$;

comment on function puppet_private.failure_decision(
  public.puppet_jobs, public.puppet_job_retry_config, text, timestamptz) is
  'The same for one failure of a job.';
revoke execute on function puppet_private.failure_decision(
  public.puppet_jobs, public.puppet_job_retry_config, text, timestamptz) from public;
