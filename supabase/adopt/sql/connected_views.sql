-- Views that read the tables, and views that read those, with their rights, comments and triggers.

insert into puppet_before_adoption.connections (kind, name, rank, leave, join_again)
with recursive reader (oid, depth) as (
  select e.oid, 0
  from puppet_before_adoption.exchanged e
  union
  select r.ev_class, reader.depth + 1
  from reader
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = reader.oid
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  where r.ev_class <> reader.oid
), found as (
  select r.oid, max(r.depth) as depth
  from reader r
  join pg_class c on c.oid = r.oid and c.relkind = 'v'
  where r.oid not in (select e.oid from puppet_before_adoption.exchanged e)
    and c.relnamespace not in (
      select n.oid
      from pg_namespace n
      where n.nspname in ('puppet_private', 'puppet_before_adoption', 'puppet_after_adoption'))
  group by r.oid
)
select 'view', c.oid::regclass::text, 10 + f.depth,
  format('drop view if exists %s', c.oid::regclass),
  concat_ws(E';\n',
    format('create view %s %s as %s', c.oid::regclass,
      'with (' || array_to_string(c.reloptions, ', ') || ')',
      rtrim(pg_get_viewdef(c.oid), ' ;')),
    format('revoke all on %s from public, anon, authenticated, service_role', c.oid::regclass),
    (
      select string_agg(
        format('grant %s on %s to %s', a.privilege_type, c.oid::regclass,
          case when a.grantee = 0 then 'public' else a.grantee::regrole::text end), E';\n')
      from aclexplode(c.relacl) a
    ),
    (
      select format('comment on view %s is %L', c.oid::regclass, d.description)
      from pg_description d
      where d.classoid = 'pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
    ),
    (
      select string_agg(pg_get_triggerdef(t.oid), E';\n')
      from pg_trigger t
      where t.tgrelid = c.oid and not t.tgisinternal
    ))
from found f
join pg_class c on c.oid = f.oid
on conflict do nothing;
