-- The tick: what pg_cron runs. It rescues and ends jobs in SQL alone, so that this works while the
-- processor is down, and wakes processors only when something that they can run is due.

create function puppet_private.end_overdue_jobs(p_limit int)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  return puppet_private.end_jobs_that_may_not_run(
    array(
      select j.id
      from public.puppet_jobs j
      where j.status in ('pending', 'queued')
        and j.deadline_at <= v_now
      order by j.deadline_at
      limit p_limit
      for no key update skip locked),
    v_now);
end
$$;

comment on function puppet_private.end_overdue_jobs(int) is
  'Ends waiting jobs whose deadline has passed; returns how many.';
revoke execute on function puppet_private.end_overdue_jobs(int) from public;

create function puppet_private.calls_under_way(p_settings puppet_private.settings)
returns int
language plpgsql
stable
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  return (
    select count(*)
    from public.puppet_tick_receipts r
    where r.created_at > v_now - make_interval(
        secs => p_settings.call_start_seconds + p_settings.call_claim_seconds)
      and r.error is null
      and r.finished_at is null
      and (
        r.created_at > v_now - make_interval(secs => p_settings.call_start_seconds)
        or r.started_at > v_now - make_interval(secs => p_settings.call_claim_seconds))
  );
end
$$;

comment on function puppet_private.calls_under_way(puppet_private.settings) is
  'Calls that may still take on jobs: queued or claiming, without those that count as lost.';
revoke execute on function puppet_private.calls_under_way(puppet_private.settings) from public;

create function public.tick_retry_processor(p_force boolean default false)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- As in claim.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_settings puppet_private.settings;
  v_rescued int;
  v_ended int;
  v_due int;
  v_calls int := 0;
  v_error text;
  v_call_error text;
  v_disarmed text;
begin
  if not pg_try_advisory_xact_lock(hashtext('puppet_private.tick')) then
    return jsonb_build_object('skipped', 'another tick is running');
  end if;
  select s.* into v_settings from puppet_private.settings s;
  -- Whatever is wrong with one of these, the other is done and stays, and due jobs still run.
  begin
    v_rescued := public.rescue_expired_jobs(1000);
  exception when others then
    v_rescued := null;
    v_error := sqlerrm;
  end;
  begin
    v_ended := puppet_private.end_overdue_jobs(1000);
  exception when others then
    v_ended := null;
    v_error := concat_ws('; ', v_error, sqlerrm);
  end;

  select count(*) into v_due
  from puppet_private.due_jobs(
    puppet_private.handled_types(),
    v_settings.tick_max_calls * v_settings.tick_jobs_per_call,
    true, true, clock_timestamp(), puppet_private.priority_level());
  -- Asked only when something is due, since it reads the Vault.
  if v_due > 0 or p_force then
    v_disarmed := puppet_private.why_no_calls();
  end if;
  if v_disarmed is not null then
    perform puppet_private.keep_receipt(gen_random_uuid(), null, v_disarmed);
  end if;
  if (v_due > 0 or p_force) and v_disarmed is null then
    v_calls := greatest(p_force::int,
      ceil(v_due::numeric / v_settings.tick_jobs_per_call)::int
        - puppet_private.calls_under_way(v_settings));
    for v_call in 1..v_calls loop
      v_call_error := puppet_private.call_processor();
      if v_call_error is not null then
        v_calls := v_call - 1;
        exit;
      end if;
    end loop;
  end if;
  return jsonb_build_object(
    'rescued', v_rescued, 'ended', v_ended, 'due', v_due, 'calls', v_calls,
    'disarmed', v_disarmed, 'error', coalesce(v_call_error, v_error));
end
$$;

comment on function public.tick_retry_processor(boolean) is
  'One tick: { rescued, ended (each null where it failed), due (counted up to what the most calls '
  'would serve), calls, disarmed: why nobody was called though something is due, error }. p_force '
  'makes a call even with nothing due, to see it answered.';
revoke execute on function public.tick_retry_processor(boolean) from public, anon, authenticated;
grant execute on function public.tick_retry_processor(boolean) to service_role;
