-- The two cron jobs. Call schedule_cron_jobs() again after a change of settings.tick_schedule.

create function puppet_private.call_patience()
returns interval
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select greatest(
      interval '2 minutes',
      make_interval(secs => s.call_start_seconds + s.call_claim_seconds) + case
        when s.tick_schedule ~ '^[0-9]+ seconds?$' then s.tick_schedule::interval
        when s.tick_schedule ~ '^\*/[0-9]+( \*){4}$'
          then make_interval(mins => substring(s.tick_schedule from '[0-9]+')::int)
        when s.tick_schedule ~ '^\*( \*){4}$' then interval '1 minute'
        -- Any other times of the day.
        else interval '1 hour'
      end)
    from puppet_private.settings s
  );
end
$$;

comment on function puppet_private.call_patience() is
  'While something is due, a call is made, or made again where one was lost, within this time.';
revoke execute on function puppet_private.call_patience() from public;

create function puppet_private.keep_house(p_seconds int default 10)
returns void
language plpgsql
set search_path = ''
as $$
declare
  c_batch constant int := 10000;
  v_now constant timestamptz := clock_timestamp();
  -- All is one transaction, which a statement timeout would undo: so it ends by itself, after the
  -- batch that it is at, and leaves the rest to the next time.
  v_prune_until constant timestamptz := v_now + make_interval(secs => p_seconds / 2.0);
  v_until constant timestamptz := v_now + make_interval(secs => p_seconds);
  v_settings puppet_private.settings;
begin
  select s.* into v_settings from puppet_private.settings s;
  -- First what costs little, so that no pruning keeps it from being done.
  delete from public.puppet_tick_receipts r
  where r.created_at < v_now - make_interval(days => v_settings.receipt_retention_days);
  delete from cron.job_run_details d
  where d.end_time < v_now - interval '1 day'
    and d.jobid in (select c.jobid from cron.job c where c.jobname like 'puppet-retry-%');
  if v_settings.retention_days is not null then
    loop
      exit when public.prune_jobs(v_settings.retention_days, c_batch)
          + public.prune_retry_history(v_settings.retention_days, c_batch) = 0
        or clock_timestamp() >= v_prune_until;
    end loop;
  end if;
  -- Last, since whoever enqueues with such a key waits for the end.
  loop
    exit when puppet_private.free_spent_idempotency_keys(v_now, c_batch) < c_batch
      or clock_timestamp() >= v_until;
  end loop;
end
$$;

comment on function puppet_private.keep_house(int) is
  'Every ten minutes: prunes receipts, cron records and, where retention_days says so, jobs and '
  'history, and frees spent idempotency keys, batch by batch for about p_seconds.';
revoke execute on function puppet_private.keep_house(int) from public;

create function puppet_private.schedule_cron_jobs()
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_schedule text := (select s.tick_schedule from puppet_private.settings s);
  -- Debian's pg_cron calls itself 1.4-1.
  v_version constant int[] := (
    select string_to_array(substring(e.extversion from '^\d+\.\d+'), '.')::int[]
    from pg_catalog.pg_extension e
    where e.extname = 'pg_cron');
begin
  -- Schedules in seconds came with pg_cron 1.5.
  if v_schedule ~ 'second' and v_version < array[1, 5] then
    v_schedule := '* * * * *';
  end if;
  perform cron.schedule('puppet-retry-tick', v_schedule, 'select public.tick_retry_processor()');
  perform cron.schedule('puppet-retry-housekeeping', '*/10 * * * *',
    'select puppet_private.keep_house()');
  return v_schedule;
end
$$;

comment on function puppet_private.schedule_cron_jobs() is
  'Schedules, or schedules anew, the tick and the housekeeping; returns the tick''s schedule.';
revoke execute on function puppet_private.schedule_cron_jobs() from public;

select puppet_private.schedule_cron_jobs();
