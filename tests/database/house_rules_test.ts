import assert from 'node:assert/strict';
import { FUNCTION_CALLERS, PRIVATE_FUNCTION_CALLERS } from './access_rules.ts';
import { databaseTest, type Sql } from './database.ts';
import { HOUSE_RULES } from './house_rules.ts';

async function offenders(sql: Sql, query: string): Promise<string[]> {
  return (await sql.unsafe<{ offender: string }[]>(query)).map((row) => row.offender).sort();
}

/** Who may execute the functions of a schema, beyond their owner; `public` is everybody. */
async function callers(sql: Sql, schema: string): Promise<Record<string, string[]>> {
  const rows = await sql<{ name: string; callers: string[] }[]>`
    select p.proname::text as name,
      array(
        select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end
        from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where a.grantee <> p.proowner
        order by 1) as callers
    from pg_proc p
    where p.pronamespace = ${schema}::regnamespace
      and not exists (
        select from pg_depend d
        where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  `;
  return Object.fromEntries(rows.map((row) => [row.name, row.callers]));
}

for (const { name, query } of HOUSE_RULES) {
  databaseTest(`house rules: ${name}`, async (sql) => {
    assert.deepEqual(await offenders(sql, query), []);
  });
}

for (const { name, query, breach } of HOUSE_RULES) {
  databaseTest(`house rules: a breach is found: ${name}`, async (sql) => {
    await sql.unsafe(breach);
    const found = await offenders(sql, query);
    assert.ok(found.some((offender) => offender.includes('bad_guest')), `found ${found}`);
  });
}

databaseTest(
  'house rules: each public function has just the callers of the contract',
  async (sql) => {
    for (const [name, roles] of Object.entries(await callers(sql, 'public'))) {
      assert.deepEqual(roles, FUNCTION_CALLERS[name], name);
    }
  },
);

databaseTest('house rules: what is private is executed by its owner only', async (sql) => {
  for (const [name, roles] of Object.entries(await callers(sql, 'puppet_private'))) {
    assert.deepEqual(roles, PRIVATE_FUNCTION_CALLERS[name] ?? [], name);
  }
});

databaseTest('house rules: nobody outside may use the private schema', async (sql) => {
  const rows = await sql`
    select r.name
    from unnest(array['anon', 'authenticated', 'service_role', 'public']) r (name)
    where has_schema_privilege(r.name, 'puppet_private', 'usage, create')
  `;
  assert.deepEqual(rows.map((row) => row.name), []);
});
