-- list_attempts: the history page by page. A page looks at a bounded number of attempts, so that
-- it takes as long with a filter that nothing meets as with none.

create function public.list_attempts(
  p_job_id uuid default null,
  p_job_type text default null,
  p_success boolean default null,
  p_error_type text default null,
  p_decision text default null,
  p_attempt_number int default null,
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
-- The arguments decide which index serves.
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would rather read all rows.
set random_page_cost = 1.1
as $$
declare
  c_looked_at constant int := puppet_private.rows_looked_at();
  v_user_id constant uuid := puppet_private.only_rows_of();
  v_start constant timestamptz := coalesce(p_start, '-infinity');
  v_end constant timestamptz := coalesce(p_end, 'infinity');
  v_after_at constant timestamptz := coalesce(p_after_at, 'infinity');
  v_after_id constant uuid := coalesce(p_after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_page jsonb[];
  v_next jsonb;
begin
  perform puppet_private.check_page(p_limit);
  v_page := array(
    select to_jsonb(seen)
    from (
      select h.*
      from public.puppet_job_retry_history h
      where (h.attempted_at, h.id) < (v_after_at, v_after_id)
        and h.attempted_at >= v_start
        and h.attempted_at < v_end
        and (v_user_id is null or h.user_id = v_user_id)
        and (p_job_id is null or h.job_id = p_job_id)
      order by h.attempted_at desc, h.id desc
      limit c_looked_at
    ) seen
    where (p_job_type is null or seen.job_type = p_job_type)
      and (p_success is null or seen.success = p_success)
      and (p_error_type is null or seen.error_type = p_error_type)
      and (p_decision is null or seen.decision = p_decision)
      and (p_attempt_number is null or seen.attempt_number = p_attempt_number)
    order by seen.attempted_at desc, seen.id desc
    limit p_limit + 1);
  if cardinality(v_page) > p_limit then
    v_next := jsonb_build_object(
      'at', v_page[p_limit] -> 'attempted_at', 'id', v_page[p_limit] -> 'id');
  else
    select jsonb_build_object('at', h.attempted_at, 'id', h.id) into v_next
    from public.puppet_job_retry_history h
    where (h.attempted_at, h.id) < (v_after_at, v_after_id)
      and h.attempted_at >= v_start
      and h.attempted_at < v_end
      and (v_user_id is null or h.user_id = v_user_id)
      and (p_job_id is null or h.job_id = p_job_id)
    order by h.attempted_at desc, h.id desc
    offset c_looked_at - 1
    limit 1;
  end if;
  return jsonb_build_object('attempts', to_jsonb(v_page[:p_limit]), 'next', v_next);
end
$$;

comment on function public.list_attempts(
  uuid, text, boolean, text, text, int, timestamptz, timestamptz, int, timestamptz, uuid) is
  'Attempts that meet all filters, the latest first: { attempts, next }. next { at, id } is what '
  'p_after_at and p_after_id of the next page are, null at the end; a page looks at no more than '
  '5000 attempts and may be short. Owners see their own. Raises PT400.';
revoke execute on function public.list_attempts(
  uuid, text, boolean, text, text, int, timestamptz, timestamptz, int, timestamptz, uuid)
  from public, anon;
grant execute on function public.list_attempts(
  uuid, text, boolean, text, text, int, timestamptz, timestamptz, int, timestamptz, uuid)
  to authenticated, service_role;
