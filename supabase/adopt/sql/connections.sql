-- What hangs on the tables that will be exchanged, each as the statement that cuts it and the one
-- that makes it anew. Names stay the same, so the same statements serve on the way back.

create or replace view puppet_before_adoption.exchanged as
select c.oid, c.relkind, t.oid as row_type, t.typarray as list_type
from pg_class c
join pg_type t on t.oid = c.reltype
where c.relnamespace = 'public'::regnamespace
  and c.relkind in ('r', 'v')
  and c.relname in (select n.name from puppet_before_adoption.names n);

-- Foreign keys, in and out; those between exchanged tables go with them.
insert into puppet_before_adoption.connections (kind, name, rank, leave, join_again)
select 'foreign key', format('%s %I', k.conrelid::regclass, k.conname), 1,
  format('alter table if exists %s drop constraint if exists %I', k.conrelid::regclass, k.conname),
  format('alter table if exists %s add constraint %I %s', k.conrelid::regclass, k.conname,
    pg_get_constraintdef(k.oid))
from pg_constraint k
where k.contype = 'f'
  and k.conparentid = 0
  and (
    k.conrelid = k.confrelid and k.conrelid in (select e.oid from puppet_before_adoption.exchanged e)
    or (k.conrelid in (select e.oid from puppet_before_adoption.exchanged e))
      <> (k.confrelid in (select e.oid from puppet_before_adoption.exchanged e)))
on conflict do nothing;

insert into puppet_before_adoption.connections (kind, name, rank, leave, join_again)
select 'publication', format('%I %s', p.pubname, r.prrelid::regclass), 2,
  format('alter publication %I drop table %s', p.pubname, r.prrelid::regclass),
  format('alter publication %I add table %s', p.pubname, r.prrelid::regclass)
from pg_publication_rel r
join pg_publication p on p.oid = r.prpubid
where r.prrelid in (select e.oid from puppet_before_adoption.exchanged e)
on conflict do nothing;

-- Functions that take or return rows of the tables, or whose body is bound to them.
insert into puppet_before_adoption.connections (kind, name, rank, leave, join_again)
select 'function', f.oid::regprocedure::text, 3,
  format('drop function if exists %s', f.oid::regprocedure),
  concat_ws(E';\n', pg_get_functiondef(f.oid),
    format('revoke all on function %s from public, anon, authenticated, service_role',
      f.oid::regprocedure),
    (
      select string_agg(
        format('grant execute on function %s to %s', f.oid::regprocedure,
          case when a.grantee = 0 then 'public' else a.grantee::regrole::text end), E';\n')
      from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
    ),
    (
      select format('comment on function %s is %L', f.oid::regprocedure, d.description)
      from pg_description d
      where d.classoid = 'pg_proc'::regclass and d.objoid = f.oid
    ))
from pg_proc f
where f.prokind = 'f'
  and f.pronamespace not in (
    select n.oid
    from pg_namespace n
    where n.nspname in ('puppet_private', 'puppet_before_adoption', 'puppet_after_adoption'))
  and not (
    f.pronamespace = 'public'::regnamespace
    and f.proname in (select n.name from puppet_before_adoption.names n))
  and exists (
    select
    from pg_depend d
    join puppet_before_adoption.exchanged e
      on (d.refclassid = 'pg_class'::regclass and d.refobjid = e.oid)
      or (d.refclassid = 'pg_type'::regclass and d.refobjid in (e.row_type, e.list_type))
    where d.classid = 'pg_proc'::regclass
      and d.objid = f.oid)
on conflict do nothing;

-- Policies of other tables that look into the tables.
insert into puppet_before_adoption.connections (kind, name, rank, leave, join_again)
select 'policy', format('%s %I', p.polrelid::regclass, p.polname), 1000,
  format('drop policy if exists %I on %s', p.polname, p.polrelid::regclass),
  format('create policy %I on %s as %s for %s to %s', p.polname, p.polrelid::regclass,
      case when p.polpermissive then 'permissive' else 'restrictive' end,
      case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
        else 'all'
      end,
      (
        select string_agg(case when r.oid = 0 then 'public' else r.oid::regrole::text end, ', ')
        from unnest(p.polroles) r (oid)
      ))
    || coalesce(' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
    || coalesce(' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
from pg_policy p
where p.polrelid not in (select e.oid from puppet_before_adoption.exchanged e)
  and exists (
    select
    from pg_depend d
    where d.classid = 'pg_policy'::regclass
      and d.objid = p.oid
      and d.refclassid = 'pg_class'::regclass
      and d.refobjid in (select e.oid from puppet_before_adoption.exchanged e))
on conflict do nothing;
