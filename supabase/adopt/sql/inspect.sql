-- What cannot be adopted as it is: each refusal says what to do about it.

insert into puppet_before_adoption.report (kind, says)
select 'refused', r.says
from (
  select format(
      '%s cannot be moved by %I, who does not own it: log in as its owner %I',
      c.oid::regclass, current_user, pg_get_userbyid(c.relowner))
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in (select n.name from puppet_before_adoption.names n)
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not pg_has_role(current_user, c.relowner, 'usage')
  union all
  select format(
      '%I is a superuser, who would own what is made: log in as postgres, the owner of the project',
      current_user)
  from pg_roles u
  where u.rolname = current_user
    and u.rolsuper
    and u.oid <> (select c.relowner from pg_class c where c.oid = 'public.puppet_jobs'::regclass)
  union all
  select format('%s is no plain table (partitions, inheritance and materialized views cannot be '
      'moved as one): make it one first', c.oid::regclass)
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in (select n.name from puppet_before_adoption.names n)
    and (
      c.relkind in ('p', 'm', 'f')
      or exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent)))
  union all
  select format('puppet_jobs has no column %s of type %s: add it first', w.name, w.type)
  from (
    values ('id', 'uuid'), ('user_id', 'uuid'), ('status', 'text or an enum')
  ) w (name, type)
  where not exists (
    select
    from pg_attribute a
    where a.attrelid = 'public.puppet_jobs'::regclass
      and a.attname = w.name
      and not a.attisdropped
      and (w.type <> 'uuid' or a.atttypid = 'uuid'::regtype))
  union all
  select format('the materialized view %s reads an old table: drop it first, and make it anew after',
      v.ev_class::regclass)
  from pg_depend d
  join pg_rewrite v on d.classid = 'pg_rewrite'::regclass and d.objid = v.oid
  join pg_class m on m.oid = v.ev_class and m.relkind = 'm'
  where d.refclassid = 'pg_class'::regclass
    and d.refobjid in (
      select to_regclass('public.' || quote_ident(n.name)) from puppet_before_adoption.names n)
  union all
  select distinct format('the column %s.%I is of the row type of an old table, which cannot follow: '
      'change its type to jsonb first', a.attrelid::regclass, a.attname)
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  left join pg_type e on e.oid = t.typelem
  join pg_class c on c.oid in (t.typrelid, e.typrelid)
  join pg_class o on o.oid = a.attrelid and o.relkind in ('r', 'p', 'm')
  where c.relnamespace = 'public'::regnamespace
    and c.relname in ('puppet_jobs', 'puppet_job_retry_history', 'puppet_job_retry_config')
    and not a.attisdropped
) r (says);
