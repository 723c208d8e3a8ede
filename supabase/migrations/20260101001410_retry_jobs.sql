-- retry_jobs: many ended jobs at once, after a look at which they are.

create function puppet_private.retry_filter_problem(p_filter jsonb)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  c_known constant text[] := array[
    'job_ids', 'job_type', 'status', 'error_type', 'stop_reason', 'user_id', 'campaign_id',
    'ended_after', 'ended_before', 'limit'];
begin
  -- Read once as what jobs_to_retry casts them to.
  perform (p_filter ->> 'ended_after')::timestamptz, (p_filter ->> 'ended_before')::timestamptz;
  return case
    when p_filter is null or jsonb_typeof(p_filter) <> 'object' or p_filter - 'limit' = '{}'
      then 'p_filter must be an object with at least one condition'
    when p_filter - c_known <> '{}' then format('p_filter has unknown fields: %s',
      (select string_agg(w.word, ', ' order by w.word) from (
        select distinct puppet_private.plain_word(k)
        from jsonb_object_keys(p_filter - c_known) k
        limit 3) w (word)))
    when exists (select from jsonb_each(p_filter) f where f.value = 'null')
      then 'a condition is null: leave it out instead'
    when jsonb_typeof(p_filter -> 'job_ids') <> 'array' then 'job_ids must be an array of ids'
    when p_filter ->> 'status' not in ('permanently_failed', 'cancelled')
      then 'status must be permanently_failed or cancelled'
    when p_filter ? 'user_id' and puppet_private.uuid_or_null(p_filter ->> 'user_id') is null
      then 'user_id must be a uuid'
    when p_filter ? 'campaign_id'
      and puppet_private.uuid_or_null(p_filter ->> 'campaign_id') is null
      then 'campaign_id must be a uuid'
    when p_filter ->> 'limit' !~ '^[1-9][0-9]{0,3}$' and p_filter ->> 'limit' <> '10000'
      then 'limit must be 1 to 10000'
  end;
exception
  when data_exception then
    return 'ended_after and ended_before must be times, as in 2026-01-31T12:00:00Z';
end
$$;

comment on function puppet_private.retry_filter_problem(jsonb) is
  'What is wrong with a filter, in words; null for nothing.';
revoke execute on function puppet_private.retry_filter_problem(jsonb) from public;

create function puppet_private.check_retry_filter(p_filter jsonb, p_spread_seconds int)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  v_problem constant text := coalesce(
    puppet_private.retry_filter_problem(p_filter),
    case
      when p_spread_seconds is null or p_spread_seconds not between 0 and 604800
        then 'p_spread_seconds must be 0 to 604800'
    end);
begin
  if v_problem is not null then
    raise sqlstate 'PT422' using
      message = format('Cannot retry jobs: %s', v_problem),
      hint = 'Conditions are job_ids, job_type, status (permanently_failed or cancelled), '
        'error_type, stop_reason, user_id, campaign_id, ended_after, ended_before; limit is '
        'how many at once (1 to 10000), p_spread_seconds over how long they become due.';
  end if;
end
$$;

comment on function puppet_private.check_retry_filter(jsonb, int) is
  'Raises PT422 for a filter that names nothing, or something unknown.';
revoke execute on function puppet_private.check_retry_filter(jsonb, int) from public;

create function puppet_private.jobs_to_retry(p_filter jsonb, p_now timestamptz, p_limit int)
returns table (
  place bigint, id uuid, job_type text, stop_reason text, last_error_type text,
  completed_at timestamptz)
language plpgsql
stable
set search_path = ''
-- The conditions that are given decide which index serves.
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would rather read all rows.
set random_page_cost = 1.1
as $$
declare
  v_status constant text := coalesce(p_filter ->> 'status', 'permanently_failed');
  v_ids constant uuid[] := case
    when p_filter ? 'job_ids' then array(
      select puppet_private.uuid_or_null(i)
      from jsonb_array_elements_text(p_filter -> 'job_ids') i)
  end;
begin
  return query
  select row_number() over (order by j.completed_at, j.id), j.id, j.job_type, j.stop_reason,
    j.last_error_type, j.completed_at
  from public.puppet_jobs j
  where (v_ids is null or j.id = any (v_ids))
    -- Of jobs that are named, in words that fit no index: statistics of before a wave of failures
    -- would have all that failed read for them.
    and case when v_ids is null then j.status = v_status else j.status || '' = v_status end
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
  limit p_limit;
end
$$;

comment on function puppet_private.jobs_to_retry(jsonb, timestamptz, int) is
  'The ended jobs that the filter means and whose deadline has not passed, oldest first.';
revoke execute on function puppet_private.jobs_to_retry(jsonb, timestamptz, int) from public;

create function puppet_private.retry_at_intervals(
  p_ids uuid[],
  p_spread_seconds int,
  p_now timestamptz
)
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  -- Those that somebody else is moving just now are left to them.
  v_ids constant uuid[] := array(
    select j.id
    from public.puppet_jobs j
    where j.id = any (p_ids)
      and j.status in ('permanently_failed', 'cancelled')
    order by j.id
    for no key update skip locked);
begin
  perform puppet_private.revive_jobs(
    v_ids,
    -- A job that would be due behind its own deadline is due now.
    array(
      select case when spread.at >= j.deadline_at then p_now else spread.at end
      from unnest(v_ids) with ordinality t (id, place)
      join public.puppet_jobs j on j.id = t.id
      cross join lateral (
        select p_now + make_interval(secs => p_spread_seconds * (t.place - 1.0) / cardinality(v_ids))
      ) spread (at)
      order by t.place),
    'bulk_retry', 'manual_intervention', null, null);
  return v_ids;
end
$$;

comment on function puppet_private.retry_at_intervals(uuid[], int, timestamptz) is
  'Revives the jobs, due evenly over so many seconds from p_now; returns those that it revived.';
revoke execute on function puppet_private.retry_at_intervals(uuid[], int, timestamptz) from public;

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
  c_counted constant int := 100000;
  c_at_once constant int := 10000;
  v_limit int;
  v_count int;
  v_ids uuid[];
  v_sample jsonb;
begin
  if not (puppet_private.caller_is_service() or puppet_private.caller_is_admin()) then
    raise sqlstate 'PT403' using
      message = 'Cannot retry jobs in bulk: only the service and admins may',
      hint = 'Retry your own jobs one by one with retry_job.';
  end if;
  perform puppet_private.check_retry_filter(p_filter, p_spread_seconds);
  -- Who names jobs means all of them.
  v_limit := case
    when p_filter ? 'limit' then (p_filter ->> 'limit')::int
    when p_filter ? 'job_ids' then least(jsonb_array_length(p_filter -> 'job_ids'), c_at_once)
    else 1000
  end;

  select count(*),
    coalesce(array_agg(j.id order by j.place) filter (where j.place <= v_limit), '{}'),
    coalesce(
      jsonb_agg(
        jsonb_build_object(
          'job_id', j.id,
          'job_type', j.job_type,
          'stop_reason', j.stop_reason,
          'last_error_type', j.last_error_type,
          'completed_at', j.completed_at)
        order by j.place) filter (where j.place <= 10),
      '[]')
  into v_count, v_ids, v_sample
  from puppet_private.jobs_to_retry(p_filter, v_now, c_counted + 1) j;

  if not v_dry_run then
    v_ids := puppet_private.retry_at_intervals(v_ids, p_spread_seconds, v_now);
  end if;
  return jsonb_build_object(
    'dry_run', v_dry_run,
    'count', least(v_count, c_counted),
    'limited', v_count > c_counted,
    'remaining', least(v_count, c_counted) - cardinality(v_ids),
    'sample', v_sample,
    'changed', case when v_dry_run then '[]' else to_jsonb(v_ids) end);
end
$$;

comment on function public.retry_jobs(jsonb, int, boolean) is
  'Retries ended jobs: { dry_run, count, limited, remaining, sample (10), changed (ids) }. count: all '
  'that match, up to 100000 (more: limited); remaining: those left to another call. p_filter: '
  'job_ids, job_type, status, error_type, stop_reason, user_id, campaign_id, ended_after, '
  'ended_before, limit per call (1000, or as many as job_ids). The due times are spread evenly over '
  'p_spread_seconds. Raises PT403 or PT422.';
revoke execute on function public.retry_jobs(jsonb, int, boolean) from public, anon;
grant execute on function public.retry_jobs(jsonb, int, boolean) to authenticated, service_role;
