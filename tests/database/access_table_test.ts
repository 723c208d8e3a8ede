import assert from 'node:assert/strict';
import { accessTable, type Rights, type Verb } from './access_table.ts';
import { ourPublicFunctions, ourRelations } from './catalog.ts';
import { databaseTest, type Sql } from './database.ts';

async function publicRelations(sql: Sql): Promise<string[]> {
  return (await ourRelations(sql))
    .filter(({ name }) => name.startsWith('public.'))
    .map(({ name }) => name.slice('public.'.length));
}

/** The verbs that each database role is granted on the relation. */
async function grantsOn(sql: Sql, relation: string): Promise<Record<string, Verb[]>> {
  const rows = await sql<{ role: string; verbs: Verb[] }[]>`
    select r.role, array(
      select v.verb
      from unnest(array['select', 'insert', 'update', 'delete']) v (verb)
      where case
        when v.verb = 'delete' then has_table_privilege(r.role, 'public.' || ${relation}, v.verb)
        else has_any_column_privilege(r.role, 'public.' || ${relation}, v.verb)
      end
      order by v.verb) as verbs
    from unnest(array['anon', 'authenticated', 'service_role']) r (role)
  `;
  return Object.fromEntries(rows.map(({ role, verbs }) => [role, verbs]));
}

/** Admins are signed-in users too: what either may do is what the role authenticated is granted. */
function grantsOf(rights: Rights): Record<string, string[]> {
  const verbs = (...of: object[]) => [...new Set(of.flatMap((cell) => Object.keys(cell)))].sort();
  return {
    anon: verbs(rights.anon),
    authenticated: verbs(rights['signed-in user'], rights.admin),
    service_role: verbs(rights.service),
  };
}

databaseTest('access table: has a row for each public table, view and function', async (sql) => {
  const functions = (await ourPublicFunctions(sql)).map(({ name }) => name);
  const objects = [...await publicRelations(sql), ...functions].sort();
  assert.deepEqual([...(await accessTable()).keys()].sort(), objects);
});

databaseTest('access table: says of tables and views what is granted', async (sql) => {
  const table = await accessTable();
  for (const relation of await publicRelations(sql)) {
    const rights = table.get(relation);
    assert.ok(rights, relation);
    assert.deepEqual(grantsOf(rights), await grantsOn(sql, relation), relation);
  }
});

databaseTest('access table: says of functions who may call them', async (sql) => {
  const table = await accessTable();
  const rows = await sql<{ name: string; anon: boolean; user: boolean; service: boolean }[]>`
    select p.proname::text as name,
      has_function_privilege('anon', p.oid, 'execute') as anon,
      has_function_privilege('authenticated', p.oid, 'execute') as user,
      has_function_privilege('service_role', p.oid, 'execute') as service
    from pg_proc p
    where p.pronamespace = 'public'::regnamespace
  `;
  for (const { name } of await ourPublicFunctions(sql)) {
    const rights = table.get(name);
    assert.ok(rights, name);
    const { anon, user, service } = rows.find((row) => row.name === name)!;
    const may = (granted: boolean) => granted ? ['call'] : [];
    assert.deepEqual(
      grantsOf(rights),
      { anon: may(anon), authenticated: may(user), service_role: may(service) },
      name,
    );
  }
});
