/** A rule over pg_catalog: its query lists what breaks it; `breach` makes a `bad_guest` that does. */
export interface HouseRule {
  name: string;
  query: string;
  breach: string;
}

const NOT_OF_AN_EXTENSION = (catalog: string) => `
  not exists (
    select from pg_depend d
    where d.classid = '${catalog}'::regclass and d.objid = o.oid and d.deptype = 'e')
`;

const FUNCTIONS = `
  select o.oid::regprocedure::text as offender
  from pg_proc o
  join pg_language l on l.oid = o.prolang
  where o.pronamespace in ('public'::regnamespace, 'puppet_private'::regnamespace)
    and ${NOT_OF_AN_EXTENSION('pg_proc')}
`;

const RELATIONS = `
  select o.oid::regclass::text as offender
  from pg_class o
  where o.relnamespace in ('public'::regnamespace, 'puppet_private'::regnamespace)
    and ${NOT_OF_AN_EXTENSION('pg_class')}
`;

const CONSTRAINTS = `
  select o.conrelid::regclass || ' ' || o.conname as offender
  from pg_constraint o
  where o.connamespace in ('public'::regnamespace, 'puppet_private'::regnamespace)
`;

const BAD_FUNCTION = `
  create function public.bad_guest() returns void language plpgsql as 'begin end'
`;
const BAD_TABLE = 'create table public.bad_guest (id int primary key)';

/** Functions without a SET clause, so that they are inlined: supabase/README.md says why. */
export const INLINED = [
  'failure_decision',
  'job_as_claimed',
  'judge_outcomes',
  'policies_of',
  'read_outcomes',
  'retry_delay',
  'rows_of_jobs',
  'uuid_or_null',
  'uuid_v7',
  'weigh_outcomes',
];

export const HOUSE_RULES: HouseRule[] = [
  {
    name: 'every function has a comment',
    query: `${FUNCTIONS} and obj_description(o.oid, 'pg_proc') is null`,
    breach: BAD_FUNCTION,
  },
  {
    name: 'every function has an empty search_path, but for those that become part of a statement',
    query: `${FUNCTIONS}
      and not coalesce(o.proconfig, '{}') @> array['search_path=""']
      and not (
        o.pronamespace = 'puppet_private'::regnamespace
        and o.proname in (${INLINED.map((name) => `'${name}'`).join(', ')})
        and l.lanname = 'sql'
        and o.proconfig is null
        and not o.prosecdef)`,
    breach: `
      create function puppet_private.bad_guest() returns int
      language sql immutable set search_path = 'public' as 'select 1'`,
  },
  {
    name: 'functions are written in sql and plpgsql',
    query: `${FUNCTIONS} and l.lanname not in ('sql', 'plpgsql')`,
    breach: `
      create function public.bad_guest() returns int
      language internal as 'pg_backend_pid'`,
  },
  {
    name: 'no function of schema public is overloaded',
    query: `${FUNCTIONS}
      and o.pronamespace = 'public'::regnamespace
      and exists (
        select from pg_proc twin
        where twin.pronamespace = o.pronamespace
          and twin.proname = o.proname
          and twin.oid <> o.oid)`,
    breach: `${BAD_FUNCTION}; 
      create function public.bad_guest(p_id int) returns int language sql as 'select 1'`,
  },
  {
    name: 'no function is executable by everybody or by anon',
    query: `${FUNCTIONS}
      and (
        has_function_privilege('public', o.oid, 'execute')
        or has_function_privilege('anon', o.oid, 'execute'))`,
    breach: BAD_FUNCTION,
  },
  {
    name: 'functions name the catalog with its schema: temporary tables come first',
    query:
      `${FUNCTIONS} and o.prosrc ~* '\\m(from|join)\\s+pg_(?!catalog\\.|temp\\.)\\w+(?!\\w*\\()'`,
    breach: `
      create function public.bad_guest() returns bigint
      language sql as 'select count(*) from pg_roles'`,
  },
  {
    name: 'no function raises 40001, which the Data API retries without end',
    query: `${FUNCTIONS} and o.prosrc ~* '40001|serialization_failure'`,
    breach: `
      create function public.bad_guest() returns void
      language plpgsql as 'begin raise exception using errcode = ''40001''; end'`,
  },
  {
    name: 'nothing is owned by a superuser',
    query: `
      ${FUNCTIONS} and (select r.rolsuper from pg_roles r where r.oid = o.proowner)
      union all
      ${RELATIONS} and (select r.rolsuper from pg_roles r where r.oid = o.relowner)`,
    breach: BAD_TABLE,
  },
  {
    name: 'every table has row level security',
    query: `${RELATIONS} and o.relkind in ('r', 'p') and not o.relrowsecurity`,
    breach: BAD_TABLE,
  },
  {
    name: 'every view is a security invoker',
    query: `${RELATIONS}
      and o.relkind in ('v', 'm')
      and not coalesce(o.reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']`,
    breach: 'create view public.bad_guest as select 1 as one',
  },
  {
    name: 'every table and view has a comment',
    query: `${RELATIONS}
      and o.relkind in ('r', 'p', 'v', 'm')
      and obj_description(o.oid, 'pg_class') is null`,
    breach: BAD_TABLE,
  },
  {
    name: 'anon has nothing on any table or view',
    query: `${RELATIONS}
      and o.relkind in ('r', 'p', 'v', 'm')
      and (
        has_table_privilege('anon', o.oid, 'select, insert, update, delete, truncate, trigger')
        or has_any_column_privilege('anon', o.oid, 'select, insert, update'))`,
    breach: `${BAD_TABLE}; grant insert (id) on public.bad_guest to anon`,
  },
  {
    name: 'every policy is for signed-in users alone',
    query: `
      select p.tablename || ' ' || p.policyname as offender
      from pg_policies p
      where p.schemaname in ('public', 'puppet_private')
        and p.roles <> '{authenticated}'`,
    breach: `${BAD_TABLE}; create policy open_to_all on public.bad_guest using (true)`,
  },
  {
    name: 'every policy asks who is calling once per statement, not once per row',
    query: `
      select p.tablename || ' ' || p.policyname as offender
      from pg_policies p
      where p.schemaname in ('public', 'puppet_private')
        and regexp_replace(
          concat(p.qual, ' ', p.with_check), 'SELECT (auth\\.)?(uid|jwt|role)\\(\\)', '', 'gi')
          ~* '(^|[^_a-z])(uid|jwt|role)\\(\\)'`,
    breach: `
      create table public.bad_guest (user_id uuid);
      create policy slow on public.bad_guest to authenticated using (user_id = auth.uid())`,
  },
  {
    name: 'every foreign key has an index that starts with its columns',
    query: `${CONSTRAINTS}
      and o.contype = 'f'
      and not exists (
        select from pg_index i
        where i.indrelid = o.conrelid
          and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(o.conkey) - 1] @> o.conkey)`,
    breach: `${BAD_TABLE}; alter table public.bad_guest add parent int references public.bad_guest`,
  },
  {
    name: 'every check has a name that reads as a rule',
    query: `${CONSTRAINTS} and o.conname ~ 'check'`,
    breach: 'create table public.bad_guest (id int check (id > 0))',
  },
  {
    name: 'no default privileges are changed for the whole database',
    query: `
      select pg_get_userbyid(d.defaclrole) as offender
      from pg_default_acl d
      where d.defaclnamespace = 0
        and d.defaclrole in (
          select n.nspowner from pg_namespace n where n.nspname = 'puppet_private'
          union all
          select r.oid from pg_roles r where r.rolname = 'bad_guest')`,
    breach: `
      create role bad_guest;
      alter default privileges for role bad_guest revoke execute on functions from public`,
  },
];
