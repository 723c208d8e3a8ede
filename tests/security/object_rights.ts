import {
  FUNCTION_CALLERS,
  PRIVATE_FUNCTION_CALLERS,
  RELATION_VERBS,
} from '../database/access_rules.ts';
import type { Sql } from '../database/database.ts';

/** The columns that owners may give in an INSERT of a job; the contract, section 4. */
const OWNERS_INSERT = new Set([
  'user_id',
  'job_type',
  'job_config',
  'priority',
  'scheduled_at',
  'max_retries',
  'retry_enabled',
  'deadline_at',
  'idempotency_key',
  'campaign_id',
]);

const RULES: Record<string, (name: string, right: string, role: string) => boolean> = {
  schema: (name, right, role) =>
    right === 'usage' && name === 'public' && role !== 'nobody granted',
  table: (name, right, role) => mayUse(name, right, role) && !isByColumn(name, right, role),
  column: (name, right, role) => {
    const [, table = '', column = ''] = /^(.*)\.([^.]+)$/.exec(name) ?? [];
    if (!mayUse(table, right, role)) return false;
    return !isByColumn(table, right, role) || OWNERS_INSERT.has(column);
  },
  function: (name, _right, role) => {
    const [schema, plain = ''] = name.split('.');
    const callers = schema === 'public' ? FUNCTION_CALLERS : PRIVATE_FUNCTION_CALLERS;
    return callers[plain]?.includes(role) ?? false;
  },
};

function mayUse(table: string, right: string, role: string): boolean {
  const verbs: string[] = RELATION_VERBS[table]?.[role] ?? [];
  return verbs.includes(right);
}

/** Owners insert jobs column by column, so that nobody has the table's INSERT but the service. */
function isByColumn(table: string, right: string, role: string): boolean {
  return table === 'public.puppet_jobs' && right === 'insert' && role === 'authenticated';
}

/** A right on one of our objects, and whether the database says that the role has it. */
export interface Right {
  kind: string;
  name: string;
  right: string;
  has: boolean;
}

/** True where the contract gives the role this right; no rule means no. */
export function isDue({ kind, name, right }: Right, role: string): boolean {
  return RULES[kind]?.(name, right, role) ?? false;
}

/** Every right that there is on every schema, table, view, column, sequence, function and type of ours. */
export async function rightsOf(sql: Sql, role: string): Promise<Right[]> {
  return await sql<Right[]>`
    with ours as (
      select n.oid, n.nspname
      from pg_namespace n
      where n.nspname in ('public', 'puppet_private')
    ), relations as (
      select c.oid, c.relkind, o.nspname || '.' || c.relname as name
      from pg_class c
      join ours o on o.oid = c.relnamespace
      where not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    )
    select 'schema' as kind, o.nspname::text as name, v.verb as right,
      has_schema_privilege(${role}, o.oid, v.verb) as has
    from ours o, unnest(array['usage', 'create']) v (verb)
    union all
    select 'table', r.name, v.verb, has_table_privilege(${role}, r.oid, v.verb)
    from relations r,
      unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
        v (verb)
    where r.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select 'column', r.name || '.' || a.attname, v.verb,
      has_column_privilege(${role}, r.oid, a.attnum, v.verb)
    from relations r
    join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped,
      unnest(array['select', 'insert', 'update', 'references']) v (verb)
    where r.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select 'sequence', r.name, v.verb, has_sequence_privilege(${role}, r.oid, v.verb)
    from relations r, unnest(array['usage', 'select', 'update']) v (verb)
    where r.relkind = 'S'
    union all
    select 'function', o.nspname || '.' || p.proname, 'execute',
      has_function_privilege(${role}, p.oid, 'execute')
    from pg_proc p
    join ours o on o.oid = p.pronamespace
    where not exists (
      select from pg_depend d
      where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  `;
}
