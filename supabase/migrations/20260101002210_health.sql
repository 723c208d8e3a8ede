-- get_health_details: what keeps jobs from running, each with what to do about it.

create function puppet_private.health_of_due_jobs(p_now timestamptz)
returns table (name text, ok boolean, says text, advice text)
language sql
stable
set search_path = ''
as $$
  select 'oldest_due_job',
    coalesce(oldest.at > p_now - c.patience, true),
    case
      when oldest.at is null then 'no job of a handled type is due'
      else format('the longest overdue job is due for %s',
        puppet_private.in_words(puppet_private.seconds_between(oldest.at, p_now)))
    end,
    'Processors do not keep up, or are not called: look at the ticks; raise tick_max_calls in '
      'puppet_private.settings if they are answered.'
  from (values (interval '5 minutes')) c (patience)
  cross join (
    select min(puppet_private.oldest_due(h.job_type, p_now))
    from unnest(puppet_private.handled_types()) h (job_type)
  ) oldest (at)
  union all
  select 'unhandled_due_jobs',
    types.names is null,
    coalesce('nobody can run the due jobs of: ' || types.names, 'every due job can be run'),
    'Give each type''s policy an endpoint_url, or deploy a handler and call the processor once.'
  from (
    select string_agg(
      case when w.place <= c.told then w.job_type else 'and more' end, ', ' order by w.place)
    from (values (20)) c (told)
    cross join lateral (
      select u.job_type, row_number() over () as place
      from unnest(puppet_private.waiting_types(1000)) u (job_type)
      where u.job_type <> all (puppet_private.handled_types())
        and puppet_private.oldest_due(u.job_type, p_now) is not null
      limit c.told + 1
    ) w
  ) types (names)
$$;

comment on function puppet_private.health_of_due_jobs(timestamptz) is
  'Whether due jobs are taken up, and can be.';
revoke execute on function puppet_private.health_of_due_jobs(timestamptz) from public;

create function puppet_private.health_of_ticks(p_now timestamptz)
returns table (name text, ok boolean, says text, advice text)
language sql
stable
set search_path = ''
as $$
  select 'ticks_answered',
    calls.error is null and calls.lost = 0,
    case
      when calls.error is not null then format('a tick could not call: %s', calls.error)
      when calls.made = 0 then 'no processor had to be called in the last 10 minutes'
      else format('of %s calls in the last 10 minutes %s were answered, %s were not', calls.made,
        calls.answered, calls.lost)
    end,
    'Is the processor deployed at the Vault secret puppet_processor_url, and does it serve? The '
      'table puppet_tick_receipts tells of each call.'
  from puppet_private.settings s
  cross join lateral (
    select count(*) as made,
      count(*) filter (where r.started_at is not null) as answered,
      count(*) filter (
        where r.started_at is null
          and r.created_at < p_now - make_interval(secs => s.call_start_seconds)) as lost,
      (array_agg(r.error order by r.created_at desc) filter (where r.error is not null))[1] as error
    from public.puppet_tick_receipts r
    where r.created_at > p_now - interval '10 minutes'
  ) calls
$$;

comment on function puppet_private.health_of_ticks(timestamptz) is
  'Whether the calls of the last 10 minutes could be made and were answered.';
revoke execute on function puppet_private.health_of_ticks(timestamptz) from public;

create function puppet_private.health_of_runs(p_now timestamptz)
returns table (name text, ok boolean, says text, advice text)
language sql
stable
set search_path = ''
as $$
  select 'expired_leases',
    expired.count = 0,
    format('%s running jobs have outlived their lease by a minute',
      case when expired.count > 1000 then 'more than 1000' else expired.count::text end),
    'The tick rescues them: is the cron job puppet-retry-tick active? '
      '(select * from cron.job_run_details order by start_time desc limit 5)'
  from (
    select count(*)
    from (
      select
      from public.puppet_jobs j
      where j.status = 'running'
        and j.execution_timeout_at < p_now - interval '1 minute'
      limit 1001
    ) one
  ) expired (count)
  union all
  select 'timeouts_within_a_run',
    long.names is null,
    coalesce(
      'longer than a processor''s run of 60 s: timeout_seconds of ' || long.names,
      'every attempt fits into a processor''s run of 60 s'),
    'The processor starts such an attempt only in the first half of a run, which it may outlast, and '
      'where the platform allows no more, it is cut off: lower timeout_seconds of the policy to 60 '
      'or less, and cut long work into several jobs.'
  from (
    select string_agg(p.for_type, ', ' order by p.for_type)
    from puppet_private.policies_of(puppet_private.handled_types()) p
    where (p.policy).enabled
      and (p.policy).timeout_seconds > 60
  ) long (names)
$$;

comment on function puppet_private.health_of_runs(timestamptz) is
  'Whether running jobs are held, and whether attempts fit into a run.';
revoke execute on function puppet_private.health_of_runs(timestamptz) from public;

create function puppet_private.health_of_installation()
returns table (name text, ok boolean, says text, advice text)
language sql
stable
set search_path = ''
as $$
  select 'schema_version',
    coalesce(s.processor_schema_version = s.schema_version, true),
    case
      when s.processor_schema_version is null then format('schema %s; no processor ran yet',
        s.schema_version)
      else format('schema %s, code %s', s.schema_version, s.processor_schema_version)
    end,
    case
      when s.processor_schema_version > s.schema_version then 'Run supabase db push.'
      else 'Deploy the functions of this schema: supabase functions deploy.'
    end
  from puppet_private.settings s
  union all
  select 'ticks_armed',
    armed.why_not is null,
    coalesce(armed.why_not, 'the ticks are armed for ' || s.armed_for),
    'Arm them only where the processor may run what is due here. Until then jobs are rescued and '
      'ended, and none is run.'
  from puppet_private.settings s
  cross join (select puppet_private.why_no_calls()) armed (why_not)
$$;

comment on function puppet_private.health_of_installation() is
  'Whether code and schema fit together, and whether this database may call a processor.';
revoke execute on function puppet_private.health_of_installation() from public;

create function public.get_health_details()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  return (
    select jsonb_build_object(
      'ok', bool_and(c.ok),
      'checks', jsonb_agg(jsonb_build_object(
        'name', c.name, 'ok', c.ok, 'text', c.says,
        'advice', case when not c.ok then c.advice end)))
    from (
      select 'database', true, 'the database answers', null
      union all
      select * from puppet_private.health_of_installation()
      union all
      select * from puppet_private.health_of_due_jobs(v_now)
      union all
      select * from puppet_private.health_of_ticks(v_now)
      union all
      select * from puppet_private.health_of_runs(v_now)
      union all
      select * from puppet_private.health_of_endpoints()
    ) c (name, ok, says, advice)
  );
end
$$;

comment on function public.get_health_details() is
  'The health of the whole: { ok, checks: [{ name, ok, text, advice }] }; advice is null where ok.';
revoke execute on function public.get_health_details() from public, anon, authenticated;
grant execute on function public.get_health_details() to service_role;
