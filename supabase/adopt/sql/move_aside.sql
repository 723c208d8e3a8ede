-- Moves what has a name that the chapters need out of public: tables, views and functions.

insert into puppet_before_adoption.moved (kind, name, signature)
select case when c.relkind = 'v' then 'view' else 'table' end, c.relname, format('%I', c.relname)
from pg_catalog.pg_class c
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('r', 'v')
  and c.relname in (select n.name from puppet_before_adoption.names n)
order by c.relname;

insert into puppet_before_adoption.moved (kind, name, signature)
select 'function', p.proname,
  format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
from pg_catalog.pg_proc p
where p.pronamespace = 'public'::regnamespace
  and p.prokind = 'f'
  and p.proname in (select n.name from puppet_before_adoption.names n)
order by p.proname;

insert into puppet_before_adoption.report (kind, says)
select 'changed', format('%s public.%s moves to schema puppet_before_adoption', m.kind, m.signature)
from puppet_before_adoption.moved m
order by m.place;

do $$
declare
  v_moved record;
begin
  for v_moved in
    -- Functions first: their signature may name the type of a table.
    select m.kind, m.signature from puppet_before_adoption.moved m order by m.kind, m.place
  loop
    execute format('alter %s public.%s set schema puppet_before_adoption',
      v_moved.kind, v_moved.signature);
  end loop;
end
$$;

insert into puppet_before_adoption.old_columns (
  relation, name, place, type, is_required, is_identity, default_value, generated_as)
select c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  a.attidentity <> '',
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end,
  case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'puppet_before_adoption'::regnamespace
  and c.relname in ('puppet_jobs', 'puppet_job_retry_history', 'puppet_job_retry_config');
