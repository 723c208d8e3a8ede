-- Last of all: what was not carried is told, and nothing is missing, or nothing happens at all.

-- Columns of theirs stay open to those signed-in users who could fill them.
do $$
declare
  v_columns text := (
    select string_agg(format('%I', o.name), ', ' order by o.place)
    from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_jobs'
      and o.is_kept
      and o.generated_as is null
      and has_column_privilege('authenticated', 'puppet_before_adoption.puppet_jobs', o.name, 'insert'));
begin
  if v_columns is not null then
    execute format('grant insert (%s) on public.puppet_jobs to authenticated', v_columns);
    insert into puppet_before_adoption.report (kind, says)
    values ('changed', format('signed-in users insert for themselves, as before, with %s; without status',
      v_columns));
  end if;
end
$$;

insert into puppet_before_adoption.report (kind, says)
select 'mind', m.says
from (
  select format('policy %I on %s is not carried: ours rule (owners see and insert their own; cancel_job '
      'and retry_job do the rest)', p.polname, c.relname)
  from pg_policy p
  join pg_class c on c.oid = p.polrelid
  where c.relnamespace = 'puppet_before_adoption'::regnamespace
  union all
  select format('%s had %s on %s: ours rule (select own and a few columns of an insert for '
      'signed-in users, nothing for anon)', a.grantee::regrole,
      string_agg(lower(a.privilege_type), ', ' order by a.privilege_type), c.relname)
  from pg_class c
  cross join lateral aclexplode(c.relacl) a
  where c.relnamespace = 'puppet_before_adoption'::regnamespace
    and c.relname = 'puppet_jobs'
    and a.grantee in ('anon'::regrole, 'authenticated'::regrole)
  group by a.grantee, c.relname
  union all
  select format('trigger %I on %s is not carried: make it anew if it is still wanted: %s', t.tgname,
      c.relname, replace(pg_get_triggerdef(t.oid), 'puppet_before_adoption.', 'public.'))
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = 'puppet_before_adoption'::regnamespace
    and c.relkind = 'r'
    and not t.tgisinternal
  union all
  select format('check %I of %s is not carried: %s', k.conname, c.relname, pg_get_constraintdef(k.oid))
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid
  where c.relnamespace = 'puppet_before_adoption'::regnamespace
    and c.relname in (
      'puppet_jobs', 'puppet_job_retry_history', 'puppet_job_retry_config')
    and k.contype = 'c'
  union all
  select format('function %s updates puppet_jobs: the state of a job is moved by claim_jobs, settle_jobs, '
      'cancel_job and retry_job alone', f.oid::regprocedure)
  from pg_proc f
  join pg_namespace n on n.oid = f.pronamespace
  where n.nspname not in ('puppet_private', 'puppet_before_adoption', 'pg_catalog')
    and f.prosrc ~* 'update\s+(only\s+)?(public\.)?puppet_jobs\M'
    and not (
      n.nspname = 'public'
      and f.proname in (select m.name from puppet_before_adoption.names m))
  union all
  select format('cron job %s still runs: %s (cron.unschedule it if it is the old worker''s)',
      coalesce(quote_literal(j.jobname), j.jobid::text), j.command)
  from cron.job j
  where j.command ~* 'puppet|retry'
    and coalesce(j.jobname, '') not like 'puppet-retry-%'
) m (says);

-- SQL functions that nothing but their text ties to the tables.
set local search_path = public, extensions;
set local check_function_bodies = on;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select f.oid
    from pg_proc f
    join pg_language l on l.oid = f.prolang and l.lanname = 'sql'
    where f.prosrc ~ '\mpuppet_jobs\M'
      and f.pronamespace not in (
        'puppet_private'::regnamespace, 'puppet_before_adoption'::regnamespace)
  loop
    begin
      perform fmgr_sql_validator(v_function);
    exception when others then
      insert into puppet_before_adoption.report (kind, says)
      values ('mind', format('function %s does not fit the new table: %s', v_function, sqlerrm));
    end;
  end loop;
end
$$;

-- Only now: a function with settings of its own is not inlined, and copying would take longer.
do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select f.oid
    from pg_proc f
    where f.pronamespace = 'puppet_before_adoption'::regnamespace
      and f.proname not in (select m.name from puppet_before_adoption.moved m)
  loop
    execute format('alter function %s set search_path = ''''', v_function);
  end loop;
end
$$;

do $$
declare
  v_missing bigint := (
    select count(*)
    from puppet_before_adoption.puppet_jobs o
    where not exists (select from public.puppet_jobs j where j.id = o.id));
begin
  if v_missing > 0 then
    raise exception '% old jobs are missing among ours: nothing was changed', v_missing;
  end if;
end
$$;

analyze public.puppet_jobs, public.puppet_job_retry_history;
