import assert from 'node:assert/strict';
import postgres from 'postgres';
import { ourPublicFunctions, ourRelations } from '../database/catalog.ts';
import { connect, connectTo, databaseTest, refusal, type Sql } from '../database/database.ts';
import { isDue, rightsOf } from './object_rights.ts';

for (const role of ['anon', 'authenticated', 'service_role']) {
  databaseTest(
    `grants: ${role} has just the rights of the contract, on everything`,
    async (sql) => {
      const rights = await rightsOf(sql, role);
      for (const kind of ['schema', 'table', 'column', 'function']) {
        assert.ok(rights.some((right) => right.kind === kind), kind);
      }
      const wrong = rights.filter((right) => right.has !== isDue(right, role));
      assert.deepEqual(wrong, []);
    },
  );
}

databaseTest('grants: a right too many is found', async (sql) => {
  await sql.unsafe(`
    grant update (priority) on puppet_jobs to authenticated;
    grant references on puppet_tick_receipts to anon;
    create sequence puppet_private.numbers;
    grant usage on sequence puppet_private.numbers to anon;
    grant create on schema puppet_private to service_role;
    grant execute on function puppet_private.redacted(text) to authenticated;
  `).simple();
  const wrong = async (role: string) =>
    (await rightsOf(sql, role)).filter((right) => right.has !== isDue(right, role))
      .map(({ kind, name, right }) => `${kind} ${name} ${right}`);
  assert.deepEqual(await wrong('authenticated'), [
    'column public.puppet_jobs.priority update',
    'function puppet_private.redacted execute',
  ]);
  assert.ok((await wrong('anon')).includes('sequence puppet_private.numbers usage'));
  assert.ok((await wrong('anon')).includes('table public.puppet_tick_receipts references'));
  assert.deepEqual(await wrong('service_role'), ['schema puppet_private create']);
});

/** What is not for somebody who may log in and nothing else. */
const BEYOND = [
  'select * from vault.secrets',
  'select * from vault.decrypted_secrets',
  "select vault.create_secret('x', 'puppet_processor_secret')",
  'select * from cron.job_run_details',
  "select cron.schedule('x', '* * * * *', 'select 1')",
  'set role service_role',
  'set role authenticated',
  'set role postgres',
  'create table public.planted (id int)',
  'create function public.auth_uid() returns int language sql as $$ select 1 $$',
  'create table puppet_private.planted (id int)',
  'alter table public.puppet_jobs disable row level security',
  'create policy planted on public.puppet_jobs using (true)',
  'drop table public.puppet_jobs',
  'alter function public.accept_tick(uuid, bigint, text) owner to current_user',
  'comment on table public.puppet_jobs is null',
  'lock table public.puppet_jobs',
  'analyze (verbose) public.no_such_table',
];

/** A login role made for the body, which gets a connection as that role. */
async function asBareLogin(body: (bare: postgres.Sql, sql: Sql) => Promise<void>): Promise<void> {
  const sql = connect();
  const name = `bare_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`create role ${name} login password '${name}'`);
  const url = new URL(Deno.env.get('SUPABASE_DB_URL') ?? '');
  url.username = name;
  url.password = name;
  const bare = connectTo(url.href);
  try {
    await body(bare, sql);
  } finally {
    await bare.end();
    await sql.unsafe(`drop role ${name}`);
    await sql.end();
  }
}

Deno.test('grants: somebody who may only log in gets at nothing of ours', async () => {
  await asBareLogin(async (bare, sql) => {
    const { role } = (await bare`select current_user as role`)[0]!;
    const rights = (await rightsOf(sql, role)).filter(({ has }) => has);
    assert.deepEqual(rights.map(({ name, right }) => `${name} ${right}`), ['public usage']);
    const calls = (await ourPublicFunctions(sql)).map((one) => `select ${one.null_call}`);
    const reads = (await ourRelations(sql)).flatMap(({ name, columns }) =>
      columns.map((column) => `select ${column} from ${name}`)
    );
    // Claims are a setting that anybody can set; without a grant they open nothing.
    await bare`select set_config('request.jwt.claims',
      '{"role":"service_role","app_metadata":{"puppet_admin":true}}', false)`;
    for (const statement of [...calls, ...reads, ...BEYOND]) {
      await bare.begin(async (transaction) => {
        const refused = await refusal(transaction, (s) => s.unsafe(statement));
        assert.match(refused.code, /^(42501|42P01)$/, `${statement}: ${refused.message}`);
      });
    }
  });
});
