-- All that an adoption and the way back could leave other than it was, as lines of text.

select s.line
from (
  select format('schema %s', n.nspname)
  from pg_namespace n
  where n.nspname like 'puppet_before%' or n.nspname = 'puppet_private'
  union all
  select format('relation %s %s rls %s', c.oid::regclass, c.relkind, c.relrowsecurity)
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
  union all
  select format('right %s %s %s', c.oid::regclass, a.grantee::regrole, a.privilege_type)
  from pg_class c
  cross join lateral aclexplode(coalesce(c.relacl, acldefault(
    case when c.relkind = 'S' then 's' else 'r' end::"char", c.relowner))) a
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'S')
  union all
  select format('column %s %s %s %s required %s default %s identity %s', a.attrelid::regclass,
    a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    pg_get_expr(d.adbin, d.adrelid), a.attidentity)
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'v')
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace = 'public'::regnamespace and a.attnum > 0
  union all
  select format('constraint %s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
  from pg_constraint k
  where k.connamespace = 'public'::regnamespace
  union all
  select 'index ' || pg_get_indexdef(i.indexrelid)
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  where c.relnamespace = 'public'::regnamespace
  union all
  select 'view ' || c.oid::regclass || coalesce(c.reloptions::text, '') || pg_get_viewdef(c.oid)
    || coalesce(obj_description(c.oid, 'pg_class'), '')
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
  union all
  select 'function ' || pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
  from pg_proc p
  where p.pronamespace = 'public'::regnamespace
  union all
  select format('trigger %s %s', pg_get_triggerdef(t.oid), t.tgenabled)
  from pg_trigger t
  join pg_class c on c.oid = t.tgrelid
  where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
  union all
  select format('policy %s', to_jsonb(p)) from pg_policies p where p.schemaname = 'public'
  union all
  select format('publication %s %s', p.pubname, p.tablename) from pg_publication_tables p
  union all
  select format('cast %s', c.castsource::regtype)
  from pg_cast c
  join pg_type t on t.oid = c.castsource
  where t.typnamespace = 'public'::regnamespace
) s (line)
order by s.line
