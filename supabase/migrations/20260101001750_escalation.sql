-- Which jobs need a human, and what the next failure of a job would lead to.

create function puppet_private.failed_types()
returns text[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    -- Jumps from type to type, as in waiting_types.
    with recursive types (job_type) as (
      (
        select j.job_type
        from public.puppet_jobs j
        where j.status in ('permanently_failed', 'cancelled')
        order by j.job_type
        limit 1
      )
      union all
      select (
        select j.job_type
        from public.puppet_jobs j
        where j.status in ('permanently_failed', 'cancelled')
          and j.job_type > t.job_type
        order by j.job_type
        limit 1
      )
      from types t
      where t.job_type is not null
    )
    select array(select t.job_type from types t where t.job_type is not null)
  );
end
$$;

comment on function puppet_private.failed_types() is
  'The job types of which a job failed for good or was cancelled, sorted.';
revoke execute on function puppet_private.failed_types() from public;

create function puppet_private.failed_for_good(p_limit int)
returns table (id uuid, since timestamptz)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
  select latest.id, latest.completed_at
  from puppet_private.policies_of(puppet_private.failed_types()) p
  cross join lateral (
    select j.id, j.completed_at
    from public.puppet_jobs j
    where j.job_type = p.for_type
      and j.status = 'permanently_failed'
    order by j.completed_at desc, j.id desc
    limit p_limit
  ) latest
  where (p.policy).escalation_enabled
  order by latest.completed_at desc, latest.id desc
  limit p_limit;
end
$$;

comment on function puppet_private.failed_for_good(int) is
  'The jobs that failed for good, the latest first, where their policy has escalation_enabled.';
revoke execute on function puppet_private.failed_for_good(int) from public;

create function puppet_private.retried_too_often(p_limit int)
returns table (id uuid, since timestamptz)
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
  -- What runs and what waits each has indexes of its own; together they would be looked for in all
  -- jobs. The threshold is positive, which spares most of them the look at their policy.
  with retried as materialized (
    select j.id, j.job_type, j.retry_count, j.last_attempt_at, j.created_at
    from public.puppet_jobs j
    where j.status = 'running'
      and j.retry_count > 0
    union all
    select j.id, j.job_type, j.retry_count, j.last_attempt_at, j.created_at
    from public.puppet_jobs j
    where j.status in ('pending', 'queued')
      and j.retry_count > 0
  )
  select r.id, coalesce(r.last_attempt_at, r.created_at)
  from retried r
  join puppet_private.policies_of(array(select distinct d.job_type from retried d)) p
    on p.for_type = r.job_type
  where (p.policy).escalation_enabled
    and r.retry_count >= (p.policy).escalation_threshold
  order by coalesce(r.last_attempt_at, r.created_at) desc, r.id desc
  limit p_limit;
end
$$;

comment on function puppet_private.retried_too_often(int) is
  'Unfinished jobs retried escalation_threshold times, the last tried first, where their policy '
  'has escalation_enabled.';
revoke execute on function puppet_private.retried_too_often(int) from public;

create function public.get_jobs_needing_escalation(p_limit int default 1000)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
-- For the two above as well: most jobs need nobody, and are not to be read.
set enable_seqscan = off
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would sort all that failed.
set random_page_cost = 1.1
as $$
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot list jobs: p_limit must be 1 to 1000: it is %s', p_limit),
      hint = 'Ask for at most 1000 jobs at once.';
  end if;
  return (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'job_id', j.id,
          'user_id', j.user_id,
          'job_type', j.job_type,
          'retry_count', j.retry_count,
          'max_retries', coalesce(j.max_retries, (p.policy).max_retries),
          'last_error', j.last_execution_error,
          'last_attempt_at', j.last_attempt_at)
        order by e.since desc, e.id desc),
      '[]')
    from (
      select f.id, f.since from puppet_private.failed_for_good(p_limit) f
      union all
      select r.id, r.since from puppet_private.retried_too_often(p_limit) r
      order by since desc, id desc
      limit p_limit
    ) e
    -- Errors are long: read of those alone that are shown.
    join public.puppet_jobs j on j.id = e.id
    cross join lateral puppet_private.policies_of(array[j.job_type]) p
  );
end
$$;

comment on function public.get_jobs_needing_escalation(int) is
  'Jobs that failed for good, and unfinished ones retried escalation_threshold times, where their '
  'policy has escalation_enabled: an array of { job_id, user_id, job_type, retry_count, '
  'max_retries, last_error, last_attempt_at }, newest first: by when they failed for good, or were '
  'last tried. Raises PT400.';
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
