-- Which jobs may be claimed and in which order. Claim, tick and get_jobs_ready_for_retry share it.

create function puppet_private.handled_types()
returns text[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return array(
    select distinct h.job_type from public.puppet_handled_types h order by h.job_type);
end
$$;

comment on function puppet_private.handled_types() is
  'The job types that somebody can run, sorted.';
revoke execute on function puppet_private.handled_types() from public;

create function puppet_private.waiting_types(p_limit int default null)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    -- Jumps from type to type in the index instead of reading all that wait.
    with recursive types (job_type) as (
      (
        select j.job_type
        from public.puppet_jobs j
        where j.status in ('pending', 'queued')
        order by j.job_type
        limit 1
      )
      union all
      select (
        select j.job_type
        from public.puppet_jobs j
        where j.status in ('pending', 'queued')
          and j.job_type > t.job_type
        order by j.job_type
        limit 1
      )
      from types t
      where t.job_type is not null
    )
    select array(select t.job_type from types t where t.job_type is not null limit p_limit)
  );
end
$$;

comment on function puppet_private.waiting_types(int) is
  'The job types that have waiting jobs, handled or not, sorted; the first p_limit, null for all.';
revoke execute on function puppet_private.waiting_types(int) from public;

create view puppet_private.waiting_jobs
with (security_invoker = true) as
select j.id, j.ctid as row_ctid, j.job_type, j.priority, j.final_status, j.job_config,
  coalesce(j.next_retry_at, j.scheduled_at) as due_at,
  -- A manual retry was asked for by a person and runs even where retries are switched off.
  case
    when j.retry_enabled or j.final_status is null or j.next_retry_reason is not null
      then coalesce(j.deadline_at, 'infinity')
    else '-infinity'
  end as may_run_until
from public.puppet_jobs j
where j.status in ('pending', 'queued');

comment on view puppet_private.waiting_jobs is
  'Jobs that wait, due or not. A claim before may_run_until runs the job; a later one ends it: its '
  'deadline has passed, or its retries were switched off.';
revoke all on puppet_private.waiting_jobs from public, anon, authenticated, service_role;

create function puppet_private.due_lists(p_job_types text[], p_now timestamptz)
returns table (job_type text, priority int, due_at timestamptz)
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Jumps from each priority to the next in the index: a probe for each that is in use, and one for
  -- a type of which nothing waits.
  return query
  with recursive lists (job_type, priority, due_at) as (
    select t.job_type, head.priority, head.due_at
    from unnest(p_job_types) t (job_type)
    cross join lateral (
      select w.priority, w.due_at
      from puppet_private.waiting_jobs w
      where w.job_type = t.job_type
      order by w.priority, w.due_at
      limit 1
    ) head
    union all
    select l.job_type, head.priority, head.due_at
    from lists l
    cross join lateral (
      select w.priority, w.due_at
      from puppet_private.waiting_jobs w
      where w.job_type = l.job_type
        and w.priority > l.priority
      order by w.priority, w.due_at
      limit 1
    ) head
  )
  select l.job_type, l.priority, l.due_at
  from lists l
  where l.due_at <= p_now;
end
$$;

comment on function puppet_private.due_lists(text[], timestamptz) is
  'The types and priorities in which something is due, and since when.';
revoke execute on function puppet_private.due_lists(text[], timestamptz) from public;

create function puppet_private.due_jobs(
  p_job_types text[],
  p_limit int,
  p_include_new boolean,
  p_include_retries boolean,
  p_now timestamptz,
  p_priority_level interval,
  p_only_runnable boolean default false
)
returns table (id uuid, job_type text, priority int, due_at timestamptz, ranks_as timestamptz)
language plpgsql
stable
set search_path = ''
as $$
begin
  -- A priority level is worth a fixed wait, so the order is that of due - priority x wait. Each
  -- probe stops at the first row that is not due: O(due), not O(waiting).
  return query
  with list as materialized (
    select l.*, l.due_at - l.priority * p_priority_level as ranks_as
    from puppet_private.due_lists(p_job_types, p_now) l
  ), last_one as materialized (
    -- Where p_limit lists begin with a job that may be taken, no job behind the last of these is
    -- among the first p_limit.
    select l.ranks_as
    from list l
    where p_include_new and p_include_retries and not p_only_runnable
    order by l.ranks_as
    offset greatest(p_limit, 1) - 1
    limit 1
  ), reach as materialized (
    select l.job_type, l.priority, l.due_at,
      least(p_now, (select o.ranks_as from last_one o) + l.priority * p_priority_level) as due_until
    from list l
  )
  select due.id, r.job_type, r.priority, due.due_at,
    due.due_at - r.priority * p_priority_level
  from reach r
  cross join lateral (
    select w.id, w.due_at
    from puppet_private.waiting_jobs w
    where w.job_type = r.job_type
      and w.priority = r.priority
      -- From the head on: what is left of jobs before it was passed once already, and while an old
      -- snapshot is held nobody may clear it away.
      and w.due_at between r.due_at and r.due_until
      and (p_include_new or w.final_status is not null)
      and (p_include_retries or w.final_status is null)
      and (not p_only_runnable or w.may_run_until > p_now)
    order by w.due_at
    limit p_limit
  ) due
  where r.due_at <= r.due_until
  order by due.due_at - r.priority * p_priority_level
  limit p_limit;
end
$$;

comment on function puppet_private.due_jobs(
  text[], int, boolean, boolean, timestamptz, interval, boolean) is
  'The first p_limit due jobs of these types in claiming order, unlocked. Those that may not run are '
  'among them (a claim ends them) unless p_only_runnable.';
revoke execute on function puppet_private.due_jobs(
  text[], int, boolean, boolean, timestamptz, interval, boolean) from public;

create function puppet_private.priority_level()
returns interval
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select make_interval(secs => s.priority_level_seconds)
    from puppet_private.settings s
    where s.only_row
  );
end
$$;

comment on function puppet_private.priority_level() is
  'How long a job must be overdue to rank one priority level higher.';
revoke execute on function puppet_private.priority_level() from public;

create function public.get_jobs_ready_for_retry(p_limit int default 50)
returns table (
  job_id uuid, user_id uuid, job_type text, retry_count int, next_retry_at timestamptz,
  last_error text)
language plpgsql
stable
security definer
set search_path = ''
-- As in claim.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot list jobs: p_limit must be 1 to 1000: it is %s', p_limit),
      hint = 'Ask for at most 1000 jobs at once.';
  end if;
  return query
  select j.id, j.user_id, j.job_type, j.retry_count, j.next_retry_at, j.last_execution_error
  from puppet_private.due_jobs(
    puppet_private.waiting_types(), p_limit, false, true, clock_timestamp(),
    puppet_private.priority_level(), true) d
  join public.puppet_jobs j on j.id = d.id
  order by d.ranks_as;
end
$$;

comment on function public.get_jobs_ready_for_retry(int) is
  'Retries that are due, in the order in which a claim would take them.';
revoke execute on function public.get_jobs_ready_for_retry(int) from public, anon, authenticated;
grant execute on function public.get_jobs_ready_for_retry(int) to service_role;
