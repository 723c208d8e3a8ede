-- list_failed_jobs: what failed for good, what was cancelled, and what waits for its retry, page
-- by page.

create view puppet_private.job_summaries
with (security_invoker = true) as
select j.id, j.user_id, j.job_type, j.priority, j.status, j.final_status, j.stop_reason,
  j.scheduled_at, j.next_retry_at, j.next_retry_reason, j.retry_count, j.max_retries,
  j.retry_enabled, j.execution_attempts, j.crash_count, j.last_attempt_at, j.last_error_type,
  j.last_execution_error, j.executing_by, j.execution_timeout_at, j.cancel_requested_at,
  j.deadline_at, j.idempotency_key, j.campaign_id, j.completed_at, j.created_at, j.updated_at
from public.puppet_jobs j;

comment on view puppet_private.job_summaries is
  'Jobs without what they were given and what they gave, as lists show them.';
revoke all on puppet_private.job_summaries from public, anon, authenticated, service_role;

create function puppet_private.list_ended_jobs(
  p_status text,
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
returns jsonb
language plpgsql
stable
set search_path = ''
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would rather read all rows.
set random_page_cost = 1.1
as $$
declare
  c_looked_at constant int := puppet_private.rows_looked_at();
  -- Ended jobs are sorted by type, and by owner; those of an owner are not sorted by type as well.
  v_list_type constant text := case when p_user_id is null then p_job_type end;
  v_after_at constant timestamptz := coalesce(p_after_at, 'infinity');
  v_after_id constant uuid := coalesce(p_after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_page jsonb[];
  v_next jsonb;
begin
  v_page := array(
    select to_jsonb(seen)
    from (
      select j.*
      from puppet_private.job_summaries j
      where j.status = p_status
        and (j.completed_at, j.id) < (v_after_at, v_after_id)
        and j.completed_at >= p_start
        and j.completed_at < p_end
        and (p_user_id is null or j.user_id = p_user_id)
        and (v_list_type is null or j.job_type = v_list_type)
      order by j.completed_at desc, j.id desc
      limit c_looked_at
    ) seen
    where (p_job_type is null or seen.job_type = p_job_type)
      and seen.retry_count <@ p_retry_counts
      and (p_error_type is null or seen.last_error_type = p_error_type)
    order by seen.completed_at desc, seen.id desc
    limit p_limit + 1);
  if cardinality(v_page) > p_limit then
    v_next := jsonb_build_object(
      'at', v_page[p_limit] -> 'completed_at', 'id', v_page[p_limit] -> 'id');
  else
    select jsonb_build_object('at', j.completed_at, 'id', j.id) into v_next
    from public.puppet_jobs j
    where j.status = p_status
      and (j.completed_at, j.id) < (v_after_at, v_after_id)
      and j.completed_at >= p_start
      and j.completed_at < p_end
      and (p_user_id is null or j.user_id = p_user_id)
      and (v_list_type is null or j.job_type = v_list_type)
    order by j.completed_at desc, j.id desc
    offset c_looked_at - 1
    limit 1;
  end if;
  return jsonb_build_object('jobs', to_jsonb(v_page[:p_limit]), 'next', v_next);
end
$$;

comment on function puppet_private.list_ended_jobs(
  text, uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid) is
  'A page of the jobs that ended so, the latest first.';
revoke execute on function puppet_private.list_ended_jobs(
  text, uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid)
  from public;

create function puppet_private.list_waiting_retries(
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
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_after_at constant timestamptz := coalesce(p_after_at, 'infinity');
  v_after_id constant uuid := coalesce(p_after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_ids uuid[];
  v_seen_until timestamptz;
  v_page jsonb[];
begin
  if p_user_id is not null then
    v_ids := puppet_private.retries_of_owner(
      p_user_id, p_job_type, p_error_type, p_retry_counts, p_start, p_end, p_limit + 1,
      v_after_at, v_after_id);
  else
    select r.ids, r.seen_until into v_ids, v_seen_until
    from puppet_private.retries_of_types(
      case when p_job_type is null then puppet_private.waiting_types() else array[p_job_type] end,
      p_error_type, p_retry_counts, p_start, p_end, p_limit + 1, v_after_at, v_after_id) r;
  end if;
  v_page := array(
    select to_jsonb(j)
    from unnest(v_ids[:p_limit]) with ordinality first (id, place)
    join puppet_private.job_summaries j on j.id = first.id
    order by first.place);
  return jsonb_build_object(
    'jobs', to_jsonb(v_page),
    'next', case
      when cardinality(v_ids) > p_limit then jsonb_build_object(
        'at', v_page[p_limit] -> 'next_retry_at', 'id', v_page[p_limit] -> 'id')
      -- Behind all that are due then.
      when v_seen_until is not null then jsonb_build_object(
        'at', v_seen_until, 'id', '00000000-0000-0000-0000-000000000000')
    end);
end
$$;

comment on function puppet_private.list_waiting_retries(
  uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid) is
  'A page of the jobs that wait for a retry, the latest first.';
revoke execute on function puppet_private.list_waiting_retries(
  uuid, text, text, int4range, timestamptz, timestamptz, int, timestamptz, uuid)
  from public;

create function public.list_failed_jobs(
  p_status text default 'permanently_failed',
  p_job_type text default null,
  p_error_type text default null,
  p_min_retry_count int default null,
  p_max_retry_count int default null,
  p_start timestamptz default null,
  p_end timestamptz default null,
  p_limit int default 50,
  p_after_at timestamptz default null,
  p_after_id uuid default null
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_user_id constant uuid := puppet_private.only_rows_of();
  v_start constant timestamptz := coalesce(p_start, '-infinity');
  v_end constant timestamptz := coalesce(p_end, 'infinity');
  v_retry_counts int4range;
begin
  perform puppet_private.check_page(p_limit);
  if p_min_retry_count > p_max_retry_count then
    return jsonb_build_object('jobs', '[]'::jsonb, 'next', null);
  end if;
  -- The bound behind the last must be a number too.
  v_retry_counts := int4range(p_min_retry_count, least(p_max_retry_count, 2147483646), '[]');
  if p_status = 'failed' then
    return puppet_private.list_waiting_retries(
      v_user_id, p_job_type, p_error_type, v_retry_counts, v_start, v_end, p_limit, p_after_at,
      p_after_id);
  elsif p_status in ('permanently_failed', 'cancelled') then
    return puppet_private.list_ended_jobs(
      p_status, v_user_id, p_job_type, p_error_type, v_retry_counts, v_start, v_end, p_limit,
      p_after_at, p_after_id);
  end if;
  raise sqlstate 'PT400' using
    message = 'Cannot list jobs: p_status must be permanently_failed, cancelled or failed',
    hint = 'failed are the jobs that wait for a retry.';
end
$$;

comment on function public.list_failed_jobs(
  text, text, text, int, int, timestamptz, timestamptz, int, timestamptz, uuid) is
  'Jobs that ended so, the last ended first, or with failed those that wait for a retry, the '
  'latest next_retry_at first: { jobs, next }. p_start and p_end are when they ended (failed: were '
  'created). next { at, id } is what p_after_at and p_after_id of the next page are, null at the '
  'end; a page looks at no more than 5000 ended jobs, or with failed about 5000 of each priority and '
  'all that are due when the last of these is, and may be short. Owners see their own, with failed '
  'by a look at all of their jobs. Raises PT400.';
revoke execute on function public.list_failed_jobs(
  text, text, text, int, int, timestamptz, timestamptz, int, timestamptz, uuid)
  from public, anon;
grant execute on function public.list_failed_jobs(
  text, text, text, int, int, timestamptz, timestamptz, int, timestamptz, uuid)
  to authenticated, service_role;
