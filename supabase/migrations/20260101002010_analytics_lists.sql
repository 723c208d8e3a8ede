-- The lists within the analytics, and the function that puts all together.

create function puppet_private.common_error_types(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object('errorType', e.error_type, 'count', e.count)
      order by e.count desc, e.error_type),
    '[]')
  from (
    select a.error_type, count(*) as count
    from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
    where not a.success
    group by a.error_type
    order by count(*) desc, a.error_type
    limit 10
  ) e
$$;

comment on function puppet_private.common_error_types(text, timestamptz, timestamptz, uuid) is
  'The ten most common error types of failed attempts.';
revoke execute on function puppet_private.common_error_types(
  text, timestamptz, timestamptz, uuid) from public;

create function puppet_private.retry_distribution(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  -- Attempt numbers have gaps (snoozes and releases leave no row), so attempts are counted.
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'attempt', d.ordinal, 'retries', d.retries, 'successful', d.successful,
        'successRate', puppet_private.percent(d.successful, d.retries))
      order by d.ordinal),
    '[]')
  from (
    select earlier.count + 1 as ordinal, count(*) as retries,
      count(*) filter (where a.success) as successful
    from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
    cross join lateral (
      select count(*) as count
      from public.puppet_job_retry_history e
      where e.job_id = a.job_id
        and e.attempt_number < a.attempt_number
        and e.logged_by = 'engine'
    ) earlier
    where a.is_retry
    group by earlier.count
  ) d
$$;

comment on function puppet_private.retry_distribution(text, timestamptz, timestamptz, uuid) is
  'Retries by the ordinal of the attempt: 2 is the first retry.';
revoke execute on function puppet_private.retry_distribution(
  text, timestamptz, timestamptz, uuid) from public;

create function puppet_private.job_type_breakdown(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'jobType', t.job_type, 'totalRetries', t.retries,
        'successRate', puppet_private.percent(t.successful, t.retries))
      order by t.job_type),
    '[]')
  from (
    select a.job_type, count(*) filter (where a.is_retry) as retries,
      count(*) filter (where a.is_retry and a.success) as successful
    from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
    group by a.job_type
  ) t
$$;

comment on function puppet_private.job_type_breakdown(text, timestamptz, timestamptz, uuid) is
  'Retries and success rate per job type.';
revoke execute on function puppet_private.job_type_breakdown(
  text, timestamptz, timestamptz, uuid) from public;

create function public.get_retry_analytics(
  p_job_type text default null,
  p_start timestamptz default null,
  p_end timestamptz default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_start constant timestamptz := coalesce(p_start, '-infinity');
  v_end constant timestamptz := coalesce(p_end, 'infinity');
  v_user_id constant uuid := case
    when not puppet_private.caller_is_service() then coalesce(
      auth.uid(), '00000000-0000-0000-0000-000000000000')
  end;
begin
  if v_start >= v_end then
    raise sqlstate 'PT422' using
      message = 'Cannot analyse retries: p_start must be before p_end',
      hint = 'Attempts from p_start on and before p_end are counted.';
  end if;
  return puppet_private.retry_totals(p_job_type, v_start, v_end, v_user_id)
    || puppet_private.recoveries(p_job_type, v_start, v_end, v_user_id)
    || jsonb_build_object(
      'commonErrorTypes',
        puppet_private.common_error_types(p_job_type, v_start, v_end, v_user_id),
      'retryDistribution',
        puppet_private.retry_distribution(p_job_type, v_start, v_end, v_user_id),
      'jobTypeBreakdown',
        puppet_private.job_type_breakdown(p_job_type, v_start, v_end, v_user_id),
      'jobs', puppet_private.jobs_that_failed(p_job_type, v_start, v_end, v_user_id));
end
$$;

comment on function public.get_retry_analytics(text, timestamptz, timestamptz) is
  'Retries of [p_start, p_end): totals, rates in percent (null of nothing), delays, recoveries, '
  'common errors, distribution and breakdown. Owners get their own. Raises PT422.';
revoke execute on function public.get_retry_analytics(text, timestamptz, timestamptz)
  from public, anon;
grant execute on function public.get_retry_analytics(text, timestamptz, timestamptz)
  to authenticated, service_role;
