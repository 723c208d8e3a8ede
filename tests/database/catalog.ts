import type { Sql } from './database.ts';

export interface CatalogRelation {
  name: string;
  kind: 'table' | 'view';
  columns: string[];
}

export interface CatalogFunction {
  name: string;
  null_call: string;
}

/** Every table and view of Puppet Retry, from the catalog. */
export async function ourRelations(sql: Sql): Promise<CatalogRelation[]> {
  return await sql<CatalogRelation[]>`
    select format('%s.%s', n.nspname, c.relname) as name,
      case when c.relkind in ('v', 'm') then 'view' else 'table' end as kind,
      array(
        select a.attname::text
        from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        order by a.attnum) as columns
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'puppet_private')
      and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1
  `;
}

/** Every function of schema public that is ours, with a call that gives null for all arguments. */
export async function ourPublicFunctions(sql: Sql): Promise<CatalogFunction[]> {
  return await sql<CatalogFunction[]>`
    select p.proname::text as name,
      format('public.%I(%s)', p.proname, (
        select string_agg(format('null::%s', format_type(t.oid, null)), ', ' order by t.place)
        from unnest(p.proargtypes::oid[]) with ordinality t (oid, place))) as null_call
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    order by 1
  `;
}
