import assert from 'node:assert/strict';
import postgres from 'postgres';
import { FUNCTION_CALLERS, RELATION_VERBS } from './access_rules.ts';
import { type CatalogRelation, ourPublicFunctions, ourRelations } from './catalog.ts';
import { actAs, databaseTest, refusal, type Sql } from './database.ts';
import { insertAttempt } from './history.ts';
import { insertJob, OTHER_OWNER, OWNER } from './jobs.ts';

const ADMIN = '00000000-0000-4000-8000-0000000000ad';
const VERBS = ['select', 'insert', 'update', 'delete'] as const;
const ACTORS = ['anon', 'owner', 'other owner', 'admin', 'service', 'bare login'] as const;
type Actor = (typeof ACTORS)[number];

/** Goes on as the actor; a bare login role is made for the test's transaction. */
async function become(sql: Sql, actor: Actor): Promise<void> {
  await actAs(sql, 'none');
  if (actor === 'anon') return await actAs(sql, 'anon');
  if (actor === 'service') return await actAs(sql, 'service_role');
  if (actor === 'owner') return await actAs(sql, 'authenticated', { sub: OWNER });
  if (actor === 'other owner') return await actAs(sql, 'authenticated', { sub: OTHER_OWNER });
  if (actor === 'admin') {
    return await actAs(sql, 'authenticated', { sub: ADMIN, app_metadata: { puppet_admin: true } });
  }
  const role = `puppet_bare_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`create role ${role} login; set local role ${role}`);
}

function roleOf(actor: Actor): string {
  if (actor === 'service') return 'service_role';
  return ['owner', 'other owner', 'admin'].includes(actor) ? 'authenticated' : actor;
}

function statement(verb: (typeof VERBS)[number], { name, columns }: CatalogRelation): string {
  const column = columns.includes('user_id') ? 'user_id' : columns[0]!;
  return {
    select: `select * from ${name} limit 0`,
    insert: `insert into ${name} (${column}) select null where false`,
    update: `update ${name} set ${column} = ${column} where false`,
    delete: `delete from ${name} where false`,
  }[verb];
}

/** Null if the statement is allowed; what refuses it if not. */
async function attempt(sql: postgres.TransactionSql, text: string): Promise<string | null> {
  try {
    await sql.savepoint((s) => s.unsafe(text));
    return null;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return `${error.code} ${error.message}`;
    throw error;
  }
}

databaseTest('access: there is a rule for every table and view', async (sql) => {
  const names = (await ourRelations(sql)).map((relation) => relation.name);
  assert.deepEqual(names, Object.keys(RELATION_VERBS).sort());
});

databaseTest('access: a temporary catalog makes nobody the service', async (sql) => {
  const id = await insertJob(sql, { user_id: OWNER });
  await sql`create temporary table pg_roles (rolname name, rolsuper boolean)`;
  await sql`insert into pg_temp.pg_roles values ('authenticated', true)`;
  await sql`grant select on pg_temp.pg_roles to public`;
  await become(sql, 'other owner');
  const refused = await refusal(sql, (sql) => sql`select cancel_job(${id}, 'not mine')`);
  assert.equal(refused.code, 'PT404');
});

databaseTest('access: there is a rule for every public function', async (sql) => {
  for (const { name } of await ourPublicFunctions(sql)) assert.ok(FUNCTION_CALLERS[name], name);
});

for (const actor of ACTORS) {
  databaseTest(`access: ${actor} uses just the verbs allowed on tables and views`, async (sql) => {
    const relations = await ourRelations(sql);
    await become(sql, actor);
    for (const relation of relations) {
      const allowed: string[] = RELATION_VERBS[relation.name]?.[roleOf(actor)] ?? [];
      for (const verb of VERBS) {
        const refused = await attempt(sql, statement(verb, relation));
        const what = `${verb} ${relation.name}: ${refused}`;
        if (allowed.includes(verb)) assert.equal(refused, null, what);
        // 55000: a view that cannot be written to at all.
        else assert.match(refused ?? 'allowed', /^(42501|55000)/, what);
      }
    }
  });

  databaseTest(`access: ${actor} calls just the functions allowed`, async (sql) => {
    const functions = await ourPublicFunctions(sql);
    await become(sql, actor);
    for (const { name, null_call } of functions) {
      const answer = await attempt(sql, `select ${null_call}`);
      const denied = answer?.includes(`permission denied for function ${name}`) ?? false;
      assert.equal(denied, !FUNCTION_CALLERS[name]?.includes(roleOf(actor)), `${name}: ${answer}`);
    }
  });

  databaseTest(`access: ${actor} cannot truncate, reference or add triggers`, async (sql) => {
    const relations = await ourRelations(sql);
    await become(sql, actor);
    for (const { name } of relations) {
      const [row] = await sql`
        select has_table_privilege(c.oid, 'truncate, references, trigger') as allowed
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname || '.' || c.relname = ${name}
      `;
      assert.equal(row!.allowed, false, name);
    }
  });
}

databaseTest('access: who sees whose rows in what has an owner', async (sql) => {
  for (const user_id of [OWNER, OTHER_OWNER]) {
    const next_retry_at = '2099-01-01T00:00:00Z';
    const columns = { user_id, status: 'queued', final_status: 'failed', next_retry_at };
    await insertAttempt(sql, await insertJob(sql, columns), { user_id });
  }
  const seen: Partial<Record<Actor, string[]>> = {
    owner: [OWNER],
    'other owner': [OTHER_OWNER],
    admin: [],
    service: [OWNER, OTHER_OWNER],
  };
  const owned = (await ourRelations(sql)).filter(({ name, columns }) =>
    name.startsWith('public.') && columns.includes('user_id')
  );
  assert.equal(owned.length, 4);
  for (const actor of ACTORS) {
    await become(sql, actor);
    for (const { name } of owned) {
      const query = `select distinct user_id from ${name} order by 1`;
      const expected = seen[actor];
      if (!expected) {
        assert.equal((await refusal(sql, (s) => s.unsafe(query))).code, '42501');
        continue;
      }
      const rows = await sql.unsafe<{ user_id: string }[]>(query);
      const users = rows.map((row) => row.user_id);
      const ours = users.filter((user) => [OWNER, OTHER_OWNER].includes(user));
      assert.deepEqual(actor === 'service' ? ours : users, expected, `${actor}: ${name}`);
    }
  }
});

databaseTest('access: policies are seen by admins and the service only', async (sql) => {
  const count = async () => (await sql`select from puppet_job_retry_config`).length;
  for (const actor of ['owner', 'other owner'] as const) {
    await become(sql, actor);
    assert.equal(await count(), 0, actor);
  }
  for (const actor of ['admin', 'service'] as const) {
    await become(sql, actor);
    assert.ok(await count() >= 4, actor);
  }
});

databaseTest('access: only app_metadata makes an admin', async (sql) => {
  const claims = [
    { user_metadata: { puppet_admin: true } },
    { app_metadata: { puppet_admin: false } },
    { app_metadata: { puppet_admin: 'no' } },
    { app_metadata: { puppet_admin: null } },
    { app_metadata: {} },
    { puppet_admin: true },
  ];
  for (const claim of claims) {
    await actAs(sql, 'none');
    await actAs(sql, 'authenticated', { sub: OWNER, ...claim });
    const rows = await sql`select from puppet_job_retry_config`;
    assert.equal(rows.length, 0, JSON.stringify(claim));
  }
});

databaseTest('access: nobody outside reaches into puppet_private or Vault', async (sql) => {
  for (const actor of ACTORS) {
    await become(sql, actor);
    const settings = await refusal(sql, (s) => s`select * from puppet_private.settings`);
    assert.equal(settings.code, '42501', actor);
    if (actor === 'service') continue;
    const vault = await refusal(sql, (s) => s`select * from vault.decrypted_secrets`);
    assert.equal(vault.code, '42501', actor);
  }
});
