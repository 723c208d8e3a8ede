-- Which jobs wait for a retry, the latest first, as the list of failed jobs reads them.

create function puppet_private.retries_of_owner(
  p_user_id uuid,
  p_job_type text,
  p_error_type text,
  p_retry_counts int4range,
  p_start timestamptz,
  p_end timestamptz,
  p_limit int,
  p_after_at timestamptz,
  p_after_id uuid
)
returns uuid[]
language plpgsql
stable
set search_path = ''
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would rather read all rows.
set random_page_cost = 1.1
as $$
begin
  return array(
    select j.id
    from public.puppet_jobs j
    where j.user_id = p_user_id
      and j.status = 'queued'
      and j.final_status = 'failed'
      and (j.next_retry_at, j.id) < (p_after_at, p_after_id)
      and j.created_at >= p_start
      and j.created_at < p_end
      and (p_job_type is null or j.job_type = p_job_type)
      and j.retry_count <@ p_retry_counts
      and (p_error_type is null or j.last_error_type = p_error_type)
    order by j.next_retry_at desc, j.id desc
    limit p_limit);
end
$$;

comment on function puppet_private.retries_of_owner(
  uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid) is
  'The first p_limit jobs of an owner that wait for a retry, the latest first.';
revoke execute on function puppet_private.retries_of_owner(
  uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid)
  from public;

create function puppet_private.retries_of_types(
  p_job_types text[],
  p_error_type text,
  p_retry_counts int4range,
  p_start timestamptz,
  p_end timestamptz,
  p_limit int,
  p_after_at timestamptz,
  p_after_id uuid,
  out ids uuid[],
  out seen_until timestamptz
)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = 'force_custom_plan'
-- As in retries_of_owner.
set random_page_cost = 1.1
as $$
declare
  -- Shared out among the types, but enough for a whole page of any.
  v_looked_at constant int := greatest(
    p_limit, puppet_private.rows_looked_at() / greatest(1, cardinality(p_job_types)));
begin
  -- All that wait are sorted by type, priority and due time, new jobs among them: so many of each
  -- type and priority are looked at, the latest first, and all that are due when the last one is.
  with found as materialized (
    select t.job_type, level.priority, retry.id, retry.due_at
    from unnest(p_job_types) t (job_type)
    cross join generate_series(1, 10) level (priority)
    cross join lateral (
      select seen.id, seen.due_at
      from (
        select j.id, coalesce(j.next_retry_at, j.scheduled_at) as due_at, j.final_status,
          j.created_at, j.retry_count, j.last_error_type
        from public.puppet_jobs j
        where j.status in ('pending', 'queued')
          and j.job_type = t.job_type
          and j.priority = level.priority
          and (coalesce(j.next_retry_at, j.scheduled_at), j.id) < (p_after_at, p_after_id)
        order by coalesce(j.next_retry_at, j.scheduled_at) desc
        fetch first (v_looked_at) rows with ties
      ) seen
      where seen.final_status = 'failed'
        and seen.created_at >= p_start
        and seen.created_at < p_end
        and seen.retry_count <@ p_retry_counts
        and (p_error_type is null or seen.last_error_type = p_error_type)
      -- In the order of the index, which ends at the last that is wanted: sorted by id as well, all
      -- that may be looked at would be.
      order by seen.due_at desc
      fetch first (p_limit) rows with ties
    ) retry
  ), short as materialized (
    select t.job_type, level.priority
    from unnest(p_job_types) t (job_type)
    cross join generate_series(1, 10) level (priority)
    left join found f on f.job_type = t.job_type and f.priority = level.priority
    group by t.job_type, level.priority
    having count(f.id) < p_limit
  ), until as materialized (
    -- Where what was looked at of such a list ends, and the list does not.
    select max(last.due_at) as due_at
    from short s
    cross join lateral (
      select coalesce(j.next_retry_at, j.scheduled_at) as due_at
      from public.puppet_jobs j
      where j.status in ('pending', 'queued')
        and j.job_type = s.job_type
        and j.priority = s.priority
        and (coalesce(j.next_retry_at, j.scheduled_at), j.id) < (p_after_at, p_after_id)
      order by coalesce(j.next_retry_at, j.scheduled_at) desc
      offset v_looked_at - 1
      limit 1
    ) last
  )
  select
    array(
      select f.id
      from found f
      where f.due_at >= u.due_at or u.due_at is null
      order by f.due_at desc, f.id desc
      limit p_limit),
    u.due_at
  into ids, seen_until
  from until u;
end
$$;

comment on function puppet_private.retries_of_types(
  text[], text, int4range, timestamptz, timestamptz, int, timestamptz, uuid) is
  'The first p_limit jobs of these types that wait for a retry, the latest first, or fewer: those '
  'due at seen_until or later, behind which something was not looked at; null where all was.';
revoke execute on function puppet_private.retries_of_types(
  text[], text, int4range, timestamptz, timestamptz, int, timestamptz, uuid)
  from public;
