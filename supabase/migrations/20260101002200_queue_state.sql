-- get_queue_state: what waits and what runs, per job type, by bounded index probes.

create function puppet_private.count_waiting(p_job_type text, p_limit int)
returns int
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select count(*)::int
    from (
      select
      from public.puppet_jobs j
      where j.status in ('pending', 'queued')
        and j.job_type = p_job_type
      limit p_limit
    ) waiting
  );
end
$$;

comment on function puppet_private.count_waiting(text, int) is
  'Waiting jobs of a type, due or not, counted up to p_limit.';
revoke execute on function puppet_private.count_waiting(text, int) from public;

create function puppet_private.count_due(p_job_type text, p_now timestamptz, p_limit int)
returns int
language plpgsql
stable
set search_path = ''
as $$
begin
  -- Priority by priority, since the index is sorted so; the outer limit ends the count early.
  return (
    select count(*)::int
    from (
      select
      from generate_series(1, 10) level (priority)
      cross join lateral (
        select
        from public.puppet_jobs j
        where j.status in ('pending', 'queued')
          and j.job_type = p_job_type
          and j.priority = level.priority
          and coalesce(j.next_retry_at, j.scheduled_at) <= p_now
        limit p_limit
      ) one
      limit p_limit
    ) due
  );
end
$$;

comment on function puppet_private.count_due(text, timestamptz, int) is
  'Due jobs of a type, counted up to p_limit.';
revoke execute on function puppet_private.count_due(text, timestamptz, int) from public;

create function puppet_private.oldest_due(p_job_type text, p_now timestamptz)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select min(first.due_at)
    from generate_series(1, 10) level (priority)
    cross join lateral (
      select coalesce(j.next_retry_at, j.scheduled_at)
      from public.puppet_jobs j
      where j.status in ('pending', 'queued')
        and j.job_type = p_job_type
        and j.priority = level.priority
        and coalesce(j.next_retry_at, j.scheduled_at) <= p_now
      order by coalesce(j.next_retry_at, j.scheduled_at)
      limit 1
    ) first (due_at)
  );
end
$$;

comment on function puppet_private.oldest_due(text, timestamptz) is
  'Since when the longest overdue job of a type is due; null where none is.';
revoke execute on function puppet_private.oldest_due(text, timestamptz) from public;

create function puppet_private.queue_of_types(p_now timestamptz, p_limit int)
returns table (
  job_type text, waiting int, due int, running int, oldest_due_at timestamptz, handled boolean)
language sql
stable
set search_path = ''
as $$
  with running as (
    select held.job_type, count(*)::int as count
    from (
      select j.job_type
      from public.puppet_jobs j
      where j.status = 'running'
      limit p_limit
    ) held
    group by held.job_type
  )
  select t.job_type, puppet_private.count_waiting(t.job_type, p_limit),
    puppet_private.count_due(t.job_type, p_now, p_limit), coalesce(r.count, 0),
    puppet_private.oldest_due(t.job_type, p_now),
    t.job_type = any (puppet_private.handled_types())
  from (
    select unnest(puppet_private.waiting_types())
    union
    select r.job_type from running r
  ) t (job_type)
  left join running r on r.job_type = t.job_type
$$;

comment on function puppet_private.queue_of_types(timestamptz, int) is
  'Each job type that has waiting or running jobs; every count stops at p_limit.';
revoke execute on function puppet_private.queue_of_types(timestamptz, int) from public;

create function public.get_queue_state()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  -- One more than what is told, so that "10,000 or more" is known without counting on.
  c_limit constant int := 10001;
begin
  return (
    select jsonb_build_object(
      'waiting', least(coalesce(sum(q.waiting), 0), c_limit),
      'due', least(coalesce(sum(q.due), 0), c_limit),
      'running', least(coalesce(sum(q.running), 0), c_limit),
      'oldestDueAt', min(q.oldest_due_at) filter (where q.handled),
      'unhandledTypes', coalesce(
        jsonb_agg(q.job_type order by q.job_type) filter (where not q.handled), '[]'),
      'jobTypes', coalesce(
        jsonb_agg(
          jsonb_build_object(
            'jobType', q.job_type, 'waiting', q.waiting, 'due', q.due, 'running', q.running,
            'oldestDueAt', q.oldest_due_at, 'handled', q.handled)
          order by q.job_type),
        '[]'))
    from puppet_private.queue_of_types(v_now, c_limit) q
  );
end
$$;

comment on function public.get_queue_state() is
  'What waits, is due and runs, in all and per job type; counts stop at 10001. oldestDueAt is of '
  'handled types; unhandledTypes have jobs that nobody can run.';
revoke execute on function public.get_queue_state() from public, anon, authenticated;
grant execute on function public.get_queue_state() to service_role;
