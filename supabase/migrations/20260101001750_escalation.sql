-- Which jobs need a human, and what the next failure of a job would lead to.

create function public.get_jobs_needing_escalation(p_limit int default 1000)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot list jobs: p_limit must be 1 to 1000: it is %s', p_limit),
      hint = 'Ask for at most 1000 jobs at once.';
  end if;
  return (
    with candidates as materialized (
      -- The threshold is positive, which spares most unfinished jobs the look at their policy.
      select j.id, j.user_id, j.job_type, j.status, j.retry_count, j.max_retries,
        j.last_execution_error, j.last_attempt_at,
        -- A job whose deadline passed before its first attempt has none.
        coalesce(j.last_attempt_at, j.completed_at, j.created_at) as since
      from public.puppet_jobs j
      where j.status = 'permanently_failed'
        or (j.status in ('pending', 'queued', 'running') and j.retry_count > 0)
    )
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'job_id', e.id,
          'user_id', e.user_id,
          'job_type', e.job_type,
          'retry_count', e.retry_count,
          'max_retries', e.max_retries,
          'last_error', e.last_execution_error,
          'last_attempt_at', e.last_attempt_at)
        order by e.since desc, e.id),
      '[]')
    from (
      select c.id, c.user_id, c.job_type, c.retry_count, c.last_execution_error,
        c.last_attempt_at, coalesce(c.max_retries, (p.policy).max_retries) as max_retries, c.since
      from candidates c
      join puppet_private.policies_of(array(select distinct d.job_type from candidates d)) p
        on p.for_type = c.job_type
      where (p.policy).escalation_enabled
        and (
          c.status = 'permanently_failed'
          or c.retry_count >= (p.policy).escalation_threshold)
      order by c.since desc, c.id
      limit p_limit
    ) e
  );
end
$$;

comment on function public.get_jobs_needing_escalation(int) is
  'Jobs that failed for good, and unfinished ones retried escalation_threshold times, where their '
  'policy has escalation_enabled: an array of { job_id, user_id, job_type, retry_count, '
  'max_retries, last_error, last_attempt_at }, newest first. Raises PT400.';
revoke execute on function public.get_jobs_needing_escalation(int)
  from public, anon, authenticated;
grant execute on function public.get_jobs_needing_escalation(int) to service_role;

create function public.get_decision_on_failure(
  p_job_id uuid,
  p_error_type text default 'unknown_error'
)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_job public.puppet_jobs;
begin
  select j.* into v_job from public.puppet_jobs j where j.id = p_job_id;
  if v_job.id is null then
    perform puppet_private.raise_job_not_found(p_job_id);
  end if;
  if v_job.stop_reason is not null then
    return v_job.stop_reason;
  end if;
  if v_job.cancel_requested_at is not null then
    return 'cancelled';
  end if;
  return (
    select puppet_private.failure_decision(
      p, coalesce(puppet_private.bounded_word(p_error_type, 100), 'unknown_error'),
      v_job.retry_count, v_job.max_retries, v_job.retry_enabled, v_job.retry_window_started_at,
      v_job.deadline_at, clock_timestamp() + make_interval(secs => wait.delay_seconds))
    from puppet_private.policy_for(v_job.job_type) p
    -- With the longest jitter: what it promises then holds for any.
    cross join lateral puppet_private.retry_delay(v_job.retry_count, p, null, 1) wait
  );
end
$$;

comment on function public.get_decision_on_failure(uuid, text) is
  'What a failure of this type would lead to now: retry_scheduled, or the reason for no retry; the '
  'stop_reason of a job that has ended. Changes nothing. Raises PT404.';
revoke execute on function public.get_decision_on_failure(uuid, text)
  from public, anon, authenticated;
grant execute on function public.get_decision_on_failure(uuid, text) to service_role;
