-- Leases after the claim: kept by heartbeats, handed back at a shutdown, taken away when expired.

create function public.extend_job_leases(p_executor_id text, p_jobs jsonb, p_seconds int)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- As in claim.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_now timestamptz;
  v_ctids tid[];
  v_report jsonb;
begin
  perform puppet_private.check_executor_id(p_executor_id);
  perform puppet_private.check_items(p_jobs, 'p_jobs');
  if p_seconds is null or p_seconds not between 1 and 86400 then
    raise sqlstate 'PT400' using
      message = format('Cannot extend leases: p_seconds must be 1 to 86400: it is %s', p_seconds),
      hint = 'Give the seconds from now until the lease should end.';
  end if;

  v_ctids := (puppet_private.lock_jobs_of(p_jobs)).ctids;
  v_now := clock_timestamp();

  with asked as materialized (
    select i.place, i.value -> 'job_id' as given_id,
      puppet_private.uuid_or_null(i.value ->> 'job_id') as job_id,
      puppet_private.uuid_or_null(i.value ->> 'lease_token') as lease_token
    from jsonb_array_elements(p_jobs) with ordinality i (value, place)
  ), extended as (
    update public.puppet_jobs j
    set execution_timeout_at = least(
        j.deadline_at,
        greatest(j.execution_timeout_at, v_now + make_interval(secs => p_seconds))),
      updated_at = v_now
    from (select distinct a.job_id, a.lease_token from asked a) a
    where j.id = a.job_id
      and j.ctid = any (v_ctids)
      -- That is, it runs. Not by status, as in claim.
      and j.executing_by is not null
      and j.lease_token = a.lease_token
    returning j.id, j.lease_token, j.cancel_requested_at, j.execution_timeout_at
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'job_id', a.given_id,
        'held', e.id is not null,
        'cancel_requested', e.cancel_requested_at is not null,
        'lease_expires_at', e.execution_timeout_at)
      order by a.place),
    '[]')
  into v_report
  from asked a
  left join extended e on e.id = a.job_id and e.lease_token = a.lease_token;
  return v_report;
end
$$;

comment on function public.extend_job_leases(text, jsonb, int) is
  'Heartbeat for { job_id, lease_token } items: { job_id, held, cancel_requested, '
  'lease_expires_at } for each. The lease then ends p_seconds from now or later, never after the '
  'deadline.';
revoke execute on function public.extend_job_leases(text, jsonb, int)
  from public, anon, authenticated;
grant execute on function public.extend_job_leases(text, jsonb, int) to service_role;

create function public.release_jobs(p_executor_id text, p_jobs jsonb, p_reason text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_outcome constant text := case
    when p_reason in ('memory', 'cpu') then 'crashed'
    else 'released'
  end;
begin
  perform puppet_private.check_executor_id(p_executor_id);
  perform puppet_private.check_items(p_jobs, 'p_jobs');
  return to_jsonb(puppet_private.settle(
    coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'job_id', i.value ->> 'job_id',
            'lease_token', i.value ->> 'lease_token',
            'outcome', v_outcome,
            'error_message', format(
              'Handed back unfinished: %s', coalesce(nullif(btrim(p_reason), ''), 'no reason')))
          order by i.place)
        from jsonb_array_elements(p_jobs) with ordinality i (value, place)
      ),
      '[]'),
    array['released', 'crashed']));
end
$$;

comment on function public.release_jobs(text, jsonb, text) is
  'Hands claimed jobs back, due now; answers as settle_jobs. Reasons memory and cpu count as a '
  'crash of the job, and so does the sixth release in a row.';
revoke execute on function public.release_jobs(text, jsonb, text)
  from public, anon, authenticated;
grant execute on function public.release_jobs(text, jsonb, text) to service_role;

create function puppet_private.settle_expired(p_expired jsonb)
returns int
language plpgsql
set search_path = ''
as $$
begin
  return (
    select count(*)
    from unnest(puppet_private.settle(p_expired, array['expired'])) s
    where s.accepted
  );
end
$$;

comment on function puppet_private.settle_expired(jsonb) is
  'Settles expired leases; returns how many.';
revoke execute on function puppet_private.settle_expired(jsonb) from public;

create function puppet_private.settle_expired_singly(p_expired jsonb)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_item jsonb;
  v_count int := 0;
begin
  for v_item in select i.value from jsonb_array_elements(p_expired) i (value) loop
    begin
      v_count := v_count + puppet_private.settle_expired(jsonb_build_array(v_item));
    exception when others then
      raise warning 'Cannot rescue job %: %', v_item ->> 'job_id', sqlerrm;
    end;
  end loop;
  return v_count;
end
$$;

comment on function puppet_private.settle_expired_singly(jsonb) is
  'The same one by one, with a warning for each that cannot be settled.';
revoke execute on function puppet_private.settle_expired_singly(jsonb) from public;

create function public.rescue_expired_jobs(p_limit int default 100)
returns int
language plpgsql
security definer
set search_path = ''
-- As in claim.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_expired jsonb;
begin
  if p_limit is null or p_limit not between 1 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot rescue jobs: p_limit must be 1 to 1000: it is %s', p_limit),
      hint = 'Rescue in batches of at most 1000 jobs.';
  end if;
  -- Locked by skipping, so that a rescue never waits for an executor that is settling just now.
  with expired as materialized (
    select j.id, j.lease_token, j.executing_by, j.execution_timeout_at
    from public.puppet_jobs j
    where j.status = 'running'
      and j.execution_timeout_at <= v_now
    order by j.execution_timeout_at
    limit p_limit
    for no key update skip locked
  )
  select jsonb_agg(jsonb_build_object(
    'job_id', e.id,
    'lease_token', e.lease_token,
    'outcome', 'expired',
    'error_message', format(
      'The lease of executor %s ended at %s without an outcome', e.executing_by,
      to_char(e.execution_timeout_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))))
  into v_expired
  from expired e;
  if v_expired is null then
    return 0;
  end if;
  begin
    return puppet_private.settle_expired(v_expired);
  exception when others then
    -- One job that cannot be settled must not keep the others from being rescued.
    return puppet_private.settle_expired_singly(v_expired);
  end;
end
$$;

comment on function public.rescue_expired_jobs(int) is
  'Takes jobs back from executors whose lease has run out; returns how many.';
revoke execute on function public.rescue_expired_jobs(int) from public, anon, authenticated;
grant execute on function public.rescue_expired_jobs(int) to service_role;
