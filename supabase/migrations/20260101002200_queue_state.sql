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
  -- Priority by priority and in order, as the index is sorted: a bitmap of all that are due would
  -- be made before the limits end the count.
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
        order by coalesce(j.next_retry_at, j.scheduled_at)
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

create function puppet_private.queue_types(p_running text[], p_limit int)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  v_handled constant text[] := puppet_private.handled_types();
  -- So many at most have to be seen before p_limit others are found.
  v_seen constant int := least(p_limit + cardinality(v_handled), 1000);
begin
  return (
    select array(
      select t.job_type
      from (
        select h.job_type, true
        from unnest(v_handled) h (job_type)
        where h.job_type = any (p_running)
          or exists (
            select from public.puppet_jobs j
            where j.status in ('pending', 'queued')
              and j.job_type = h.job_type)
        union all
        select w.job_type, false
        from (
          select unnest(puppet_private.waiting_types(v_seen)) union select unnest(p_running)
        ) w (job_type)
        where w.job_type <> all (v_handled)
      ) t (job_type, handled)
      order by t.handled desc, t.job_type
      limit p_limit)
  );
end
$$;

comment on function puppet_private.queue_types(text[], int) is
  'Job types that have waiting jobs or are among the running: the handled ones, then the others, '
  'each sorted; p_limit at most, however many there are.';
revoke execute on function puppet_private.queue_types(text[], int) from public;

create function puppet_private.queue_of_types(
  p_types text[],
  p_running jsonb,
  p_now timestamptz,
  p_limit int
)
returns table (
  place bigint, job_type text, waiting int, due int, running int, oldest_due_at timestamptz,
  handled boolean)
language sql
stable
set search_path = ''
as $$
  select t.place, t.job_type,
    -- What is due waits too, so that one count is enough where it reached the limit.
    case
      when due.count >= p_limit then p_limit
      else puppet_private.count_waiting(t.job_type, p_limit)
    end,
    due.count, least(coalesce((p_running ->> t.job_type)::int, 0), p_limit),
    puppet_private.oldest_due(t.job_type, p_now),
    t.job_type = any (puppet_private.handled_types())
  from unnest(p_types) with ordinality t (job_type, place)
  cross join lateral (
    select puppet_private.count_due(t.job_type, p_now, p_limit)
  ) due (count)
$$;

comment on function puppet_private.queue_of_types(text[], jsonb, timestamptz, int) is
  'The queue of each of these types, with the running jobs given; every count stops at p_limit.';
revoke execute on function puppet_private.queue_of_types(text[], jsonb, timestamptz, int)
  from public;

create function puppet_private.running_by_type(p_limit int)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(held.job_type, held.count), '{}')
    from (
      select one.job_type, count(*)
      from (
        select j.job_type
        from public.puppet_jobs j
        where j.status = 'running'
        limit p_limit
      ) one
      group by one.job_type
    ) held
  );
end
$$;

comment on function puppet_private.running_by_type(int) is
  'How many jobs run of each type, counted up to p_limit in all.';
revoke execute on function puppet_private.running_by_type(int) from public;

create function public.get_queue_state()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  c_most constant int := 10000;
  c_types constant int := 100;
  -- Rows that one call may count, shared out among the types: about 1 µs each.
  c_rows constant int := 20000;
  v_running constant jsonb := puppet_private.running_by_type(c_most + 1);
  v_types constant text[] := puppet_private.queue_types(
    array(select jsonb_object_keys(v_running)), c_types + 1);
  v_most constant int := least(
    c_most, greatest(100, c_rows / greatest(1, least(cardinality(v_types), c_types))));
begin
  -- Counts go one beyond what is told, so that "10,000 or more" is known without counting on.
  return (
    select jsonb_build_object(
      'countedUpTo', v_most,
      'moreJobTypes', cardinality(v_types) > c_types,
      'waiting', least(coalesce(sum(q.waiting), 0), c_most + 1),
      'due', least(coalesce(sum(q.due), 0), c_most + 1),
      'running', (select coalesce(sum(r.value::int), 0) from jsonb_each_text(v_running) r),
      'oldestDueAt', min(q.oldest_due_at) filter (where q.handled),
      'unhandledTypes', coalesce(
        jsonb_agg(q.job_type order by q.place) filter (where not q.handled), '[]'),
      'jobTypes', coalesce(
        jsonb_agg(
          jsonb_build_object(
            'jobType', q.job_type, 'waiting', q.waiting, 'due', q.due, 'running', q.running,
            'oldestDueAt', q.oldest_due_at, 'handled', q.handled)
          order by q.place),
        '[]'))
    from puppet_private.queue_of_types(v_types[:c_types], v_running, v_now, v_most + 1) q
  );
end
$$;

comment on function public.get_queue_state() is
  'What waits, is due and runs, in all and per job type: up to 100 types, handled ones first '
  '(moreJobTypes: there are others). Counts of a type stop at countedUpTo + 1, in all at 10001; '
  'where that many run in all, each type may have more running than is told. oldestDueAt is of '
  'handled types; unhandledTypes have jobs that nobody can run.';
revoke execute on function public.get_queue_state() from public, anon, authenticated;
grant execute on function public.get_queue_state() to service_role;
