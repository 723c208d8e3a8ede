-- The two cron jobs. Call schedule_cron_jobs() again after a change of settings.tick_schedule.

create function puppet_private.keep_house()
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_settings puppet_private.settings;
begin
  select s.* into v_settings from puppet_private.settings s;
  if v_settings.retention_days is not null then
    -- Batches, so that no statement holds many locks; enough of them to catch up.
    for v_batch in 1..20 loop
      exit when public.prune_jobs(v_settings.retention_days)
        + public.prune_retry_history(v_settings.retention_days) = 0;
    end loop;
  end if;
  perform puppet_private.free_spent_idempotency_keys(v_now, 10000);
  delete from public.puppet_tick_receipts r
  where r.created_at < v_now - make_interval(days => v_settings.receipt_retention_days);
  delete from cron.job_run_details d
  where d.end_time < v_now - interval '1 day'
    and d.jobid in (select c.jobid from cron.job c where c.jobname like 'puppet-retry-%');
end
$$;

comment on function puppet_private.keep_house() is
  'Hourly: frees spent idempotency keys, prunes receipts, cron records and, where retention_days '
  'says so, jobs and history.';
revoke execute on function puppet_private.keep_house() from public;

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
  perform cron.schedule('puppet-retry-housekeeping', '17 * * * *',
    'select puppet_private.keep_house()');
  return v_schedule;
end
$$;

comment on function puppet_private.schedule_cron_jobs() is
  'Schedules, or schedules anew, the tick and the housekeeping; returns the tick''s schedule.';
revoke execute on function puppet_private.schedule_cron_jobs() from public;

select puppet_private.schedule_cron_jobs();
