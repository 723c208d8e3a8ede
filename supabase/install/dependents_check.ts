/**
 * The statement that raises where anything that is not ours depends on our relations (tables and
 * views), our functions or the schema puppet_private, all named with their schema.
 */
export function dependentsCheck(relations: string[], functions: string[]): string {
  return `do $$
declare
  v_dependents text;
begin
  with ours as (
    select 'pg_namespace'::regclass as class, n.oid
    from pg_namespace n
    where n.nspname = 'puppet_private'
    union all
    select 'pg_class'::regclass, c.oid
    from pg_class c
    where c.relkind in ('c', 'i', 'S')
      and c.relnamespace = to_regnamespace('puppet_private')
      or c.relnamespace::regnamespace || '.' || c.relname in (
        ${list(relations)},
        -- Of an adoption.
        'puppet_private.old_words')
    union all
    select 'pg_proc'::regclass, p.oid
    from pg_proc p
    where p.pronamespace = to_regnamespace('puppet_private')
      or p.pronamespace::regnamespace || '.' || p.proname in (
        ${list(functions)})
  ),
  ours_and_types as (
    select o.class, o.oid from ours o
    union all
    select 'pg_type'::regclass, t.oid
    from pg_type t
    left join pg_type e on e.oid = t.typelem
    join ours o on o.class = 'pg_class'::regclass and o.oid in (t.typrelid, e.typrelid)
  ),
  -- Rules, constraints, triggers, policies and defaults are of the relation that they are on.
  dependents as (
    select d.classid, d.objid,
      case when r.oid is null then d.classid else 'pg_class'::regclass end as class,
      coalesce(r.oid, d.objid) as oid
    from pg_depend d
    join ours_and_types o on o.class = d.refclassid and o.oid = d.refobjid
    left join lateral (
      select w.ev_class as oid from pg_rewrite w
      where d.classid = 'pg_rewrite'::regclass and w.oid = d.objid
      union all
      select k.conrelid from pg_constraint k
      where d.classid = 'pg_constraint'::regclass and k.oid = d.objid and k.conrelid <> 0
      union all
      select t.tgrelid from pg_trigger t
      where d.classid = 'pg_trigger'::regclass and t.oid = d.objid
      union all
      select p.polrelid from pg_policy p
      where d.classid = 'pg_policy'::regclass and p.oid = d.objid
      union all
      select a.adrelid from pg_attrdef a
      where d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
      union all
      select i.indrelid from pg_index i
      where d.classid = 'pg_class'::regclass and i.indexrelid = d.objid
    ) r on true
    where d.deptype = 'n'
  )
  select string_agg(distinct
    case when d.classid = 'pg_rewrite'::regclass
      then pg_describe_object(d.class, d.oid, 0)
      else pg_describe_object(d.classid, d.objid, 0)
    end, ', ')
  into v_dependents
  from dependents d
  where not exists (
    select from ours_and_types o where o.class = d.class and o.oid = d.oid);
  if v_dependents is not null then
    raise exception 'Cannot take Puppet Retry out: yours depend on it: %', v_dependents
      using errcode = 'dependent_objects_still_exist', hint = 'Drop or change these first.';
  end if;
end
$$;
`;
}

function list(names: string[]): string {
  return names.map((name) => `'${name}'`).join(',\n        ');
}
