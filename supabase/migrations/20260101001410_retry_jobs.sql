-- retry_jobs: many ended jobs at once, after a look at which they are.

create function puppet_private.check_retry_filter(p_filter jsonb, p_spread_seconds int)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  c_known constant text[] := array[
    'job_ids', 'job_type', 'status', 'error_type', 'stop_reason', 'user_id', 'campaign_id',
    'ended_after', 'ended_before', 'limit'];
begin
  if p_filter is null or jsonb_typeof(p_filter) <> 'object' or p_filter - 'limit' = '{}' then
    raise sqlstate 'PT422' using
      message = 'Cannot retry jobs: p_filter must be an object with at least one condition',
      hint = format('Conditions are %s.', array_to_string(c_known, ', '));
  end if;
  if p_filter - c_known <> '{}' then
    raise sqlstate 'PT422' using
      message = format('Cannot retry jobs: p_filter has unknown fields: %s',
        (select string_agg(k, ', ') from jsonb_object_keys(p_filter - c_known) k)),
      hint = format('Conditions are %s.', array_to_string(c_known, ', '));
  end if;
  if p_filter ->> 'status' not in ('permanently_failed', 'cancelled') then
    raise sqlstate 'PT422' using
      message = 'Cannot retry jobs: status must be permanently_failed or cancelled',
      hint = 'Other jobs are not ended; retry_job makes a queued one due sooner.';
  end if;
  if (p_filter ->> 'limit')::int not between 1 and 10000 then
    raise sqlstate 'PT422' using
      message = 'Cannot retry jobs: limit must be 1 to 10000',
      hint = 'Leave it out for 1000; call again for more.';
  end if;
  if p_spread_seconds is null or p_spread_seconds not between 0 and 604800 then
    raise sqlstate 'PT422' using
      message = 'Cannot retry jobs: p_spread_seconds must be 0 to 604800',
      hint = 'Give the seconds over which the jobs become due.';
  end if;
end
$$;

comment on function puppet_private.check_retry_filter(jsonb, int) is
  'Raises PT422 for a filter that names nothing, or something unknown.';
revoke execute on function puppet_private.check_retry_filter(jsonb, int) from public;

create function puppet_private.jobs_to_retry(p_filter jsonb, p_now timestamptz)
returns setof public.puppet_jobs
language plpgsql
stable
set search_path = ''
as $$
begin
  return query
  select j.*
  from public.puppet_jobs j
  where j.status = coalesce(p_filter ->> 'status', 'permanently_failed')
    and (p_filter -> 'job_ids' is null or j.id in (
      select puppet_private.uuid_or_null(i) from jsonb_array_elements_text(p_filter -> 'job_ids') i))
    and (p_filter -> 'job_type' is null or j.job_type = p_filter ->> 'job_type')
    and (p_filter -> 'error_type' is null or j.last_error_type = p_filter ->> 'error_type')
    and (p_filter -> 'stop_reason' is null or j.stop_reason = p_filter ->> 'stop_reason')
    and (p_filter -> 'user_id' is null or j.user_id = (p_filter ->> 'user_id')::uuid)
    and (p_filter -> 'campaign_id' is null or j.campaign_id = (p_filter ->> 'campaign_id')::uuid)
    and (p_filter -> 'ended_after' is null
      or j.completed_at >= (p_filter ->> 'ended_after')::timestamptz)
    and (p_filter -> 'ended_before' is null
      or j.completed_at < (p_filter ->> 'ended_before')::timestamptz)
    and (j.deadline_at is null or j.deadline_at > p_now)
  order by j.completed_at, j.id
  limit coalesce((p_filter ->> 'limit')::int, 1000);
end
$$;

comment on function puppet_private.jobs_to_retry(jsonb, timestamptz) is
  'The ended jobs that the filter means and whose deadline has not passed, oldest first.';
revoke execute on function puppet_private.jobs_to_retry(jsonb, timestamptz) from public;

create function public.retry_jobs(
  p_filter jsonb,
  p_spread_seconds int default 0,
  p_dry_run boolean default true
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_dry_run constant boolean := coalesce(p_dry_run, true);
  v_ids uuid[];
  v_sample jsonb;
begin
  if not (puppet_private.caller_is_service() or puppet_private.caller_is_admin()) then
    raise sqlstate 'PT403' using
      message = 'Cannot retry jobs in bulk: only the service and admins may',
      hint = 'Retry your own jobs one by one with retry_job.';
  end if;
  perform puppet_private.check_retry_filter(p_filter, p_spread_seconds);

  select array_agg(j.id order by j.completed_at, j.id),
    jsonb_agg(
      jsonb_build_object(
        'job_id', j.id,
        'job_type', j.job_type,
        'stop_reason', j.stop_reason,
        'last_error_type', j.last_error_type,
        'completed_at', j.completed_at)
      order by j.completed_at, j.id)
  into v_ids, v_sample
  from puppet_private.jobs_to_retry(p_filter, v_now) j;

  if not v_dry_run and v_ids is not null then
    -- Those that somebody else is moving just now are left to them.
    v_ids := array(
      select j.id
      from public.puppet_jobs j
      where j.id = any (v_ids)
        and j.status in ('permanently_failed', 'cancelled')
      order by j.id
      for update skip locked);
    perform puppet_private.revive_jobs(
      v_ids,
      array(
        select v_now + make_interval(secs => p_spread_seconds * (place - 1.0) / cardinality(v_ids))
        from generate_series(1, cardinality(v_ids)) place),
      'bulk_retry', 'manual_intervention', null);
  end if;
  return jsonb_build_object(
    'dry_run', v_dry_run,
    'count', coalesce(cardinality(v_ids), 0),
    'sample', coalesce(jsonb_path_query_array(v_sample, '$[0 to 9]'), '[]'),
    'changed', case when v_dry_run then '[]' else coalesce(to_jsonb(v_ids), '[]') end);
end
$$;

comment on function public.retry_jobs(jsonb, int, boolean) is
  'Retries ended jobs: { dry_run, count, sample (10), changed (ids) }. p_filter: job_ids, job_type, '
  'status, error_type, stop_reason, user_id, campaign_id, ended_after, ended_before, limit (1000). '
  'The due times are spread evenly over p_spread_seconds. Raises PT403 or PT422.';
revoke execute on function public.retry_jobs(jsonb, int, boolean) from public, anon;
grant execute on function public.retry_jobs(jsonb, int, boolean) to authenticated, service_role;
