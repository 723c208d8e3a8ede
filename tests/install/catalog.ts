import { withDatabase } from '../../supabase/local/database_client.ts';

// Objects of Postgres itself, of extensions and of the CLI's own record are nobody's concern here.
const CATALOG = `
  with spaces as (
    select n.oid, n.nspname, n.nspacl
    from pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'supabase_migrations')
  ), own as (
    select 'pg_class'::regclass as classid, c.oid from pg_class c
    join spaces s on s.oid = c.relnamespace
    union all
    select 'pg_proc'::regclass, p.oid from pg_proc p join spaces s on s.oid = p.pronamespace
    except
    select d.classid, d.objid from pg_depend d where d.deptype = 'e'
  )
  select format('schema %s %s', s.nspname, s.nspacl) from spaces s
  union all
  select format('relation %s %s owner %s rls %s acl %s columns %s', c.oid::regclass, c.relkind,
    c.relowner::regrole, c.relrowsecurity, c.relacl, (
      select string_agg(format('%s %s %s', a.attname, format_type(a.atttypid, null), a.attacl), ', '
        order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0))
  from pg_class c join own o on o.classid = 'pg_class'::regclass and o.oid = c.oid
  union all
  select format('function %s owner %s acl %s %s', p.oid::regprocedure, p.proowner::regrole, p.proacl,
    md5(pg_get_functiondef(p.oid)))
  from pg_proc p join own o on o.classid = 'pg_proc'::regclass and o.oid = p.oid
  where p.prokind in ('f', 'p')
  union all
  select format('policy %s on %s: %s %s %s', p.polname, p.polrelid::regclass, p.polcmd,
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  from pg_policy p
  union all
  select format('trigger %s on %s: %s', t.tgname, t.tgrelid::regclass, pg_get_triggerdef(t.oid))
  from pg_trigger t join own o on o.classid = 'pg_class'::regclass and o.oid = t.tgrelid
  where not t.tgisinternal
  union all
  select format('default privileges of %s in %s on %s: %s', d.defaclrole::regrole,
    d.defaclnamespace::regnamespace, d.defaclobjtype, d.defaclacl)
  from pg_default_acl d
  union all
  select format('role %s super %s inherit %s settings %s', r.rolname, r.rolsuper, r.rolinherit,
    r.rolconfig)
  from pg_roles r
  union all
  select format('extension %s in %s', e.extname, e.extnamespace::regnamespace) from pg_extension e
  union all
  select format('event trigger %s', e.evtname) from pg_event_trigger e
  order by 1
`;

/** Every schema, object, grant, policy and default privilege of a database, a line for each. */
export async function readCatalog(databaseUrl: string): Promise<string[]> {
  return await withDatabase(databaseUrl, async (sql) => {
    const rows = await sql.unsafe<{ format: string }[]>(CATALOG);
    return rows.map(({ format }) => format);
  });
}

/** Scheduled jobs of pg_cron that a database has, without ours. */
export async function readTheirCronJobs(databaseUrl: string): Promise<string[]> {
  return await withDatabase(databaseUrl, async (sql) => {
    const rows = await sql<{ line: string }[]>`
      select concat_ws(' ', j.jobname, j.schedule, j.command, j.active) as line
      from cron.job j where j.jobname not like 'puppet-retry-%' order by 1
    `;
    return rows.map(({ line }) => line);
  });
}
