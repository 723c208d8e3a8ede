-- Takes Puppet Retry out of the database. Extensions and Vault secrets stay: others may use them.

select cron.unschedule(j.jobid)
from cron.job j
where j.jobname like 'puppet-retry-%';

drop schema puppet_private cascade;

do $$
declare
  v_views text;
  v_functions text;
  v_tables text;
  v_cast regtype := (select a.status_type from puppet_before_adoption.adoption a where a.cast_made);
begin
  select string_agg(c.oid::regclass::text, ', ') filter (where c.relkind = 'v'),
    string_agg(c.oid::regclass::text, ', ') filter (where c.relkind = 'r')
  into v_views, v_tables
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in (select n.name from puppet_before_adoption.names n);
  select string_agg(p.oid::regprocedure::text, ', ') into v_functions
  from pg_proc p
  where p.pronamespace = 'public'::regnamespace
    and p.proname in (select n.name from puppet_before_adoption.names n);
  -- The views of this script's own schema read our tables.
  drop view if exists puppet_before_adoption.jobs_now, puppet_before_adoption.columns_back;
  drop view if exists puppet_before_adoption.mapped_history;
  execute 'drop view ' || v_views;
  execute 'drop function ' || v_functions;
  execute 'drop table ' || v_tables;
  if v_cast is not null then
    execute format('drop cast (%s as text)', v_cast);
  end if;
end
$$;
