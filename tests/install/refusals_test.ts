import assert from 'node:assert/strict';
import { planConfig } from '../../supabase/install/config_block.ts';
import { definedNames } from '../../supabase/install/defined_names.ts';
import { makeTheirApp, type TheirApp } from './their_app.ts';

interface Refusal {
  name: string;
  prepare(app: TheirApp): Promise<void>;
  problem: RegExp;
}

const REFUSALS: Refusal[] = [
  {
    name: 'a function of theirs has our name in config.toml',
    prepare: async (app) =>
      await app.write(
        'supabase/config.toml',
        await app.read('supabase/config.toml') + '\n[functions.api]\nverify_jwt = true\n',
      ),
    problem: /its own function api: .* rename yours/,
  },
  {
    name: 'a function of theirs has our name as a folder',
    prepare: async (app) => {
      await Deno.mkdir(`${app.path}/supabase/functions/processor`);
      await app.write('supabase/functions/processor/index.ts', '');
    },
    problem: /its own function processor: .* rename yours/,
  },
  {
    name: 'a file is where one of ours goes',
    prepare: async (app) => {
      await Deno.mkdir(`${app.path}/puppet-retry/shared`, { recursive: true });
      await app.write('puppet-retry/shared/errors.ts', 'theirs');
    },
    problem: /puppet-retry\/shared\/errors\.ts is there and not ours/,
  },
  {
    name: 'a migration of theirs defines what we define',
    prepare: (app) =>
      app.write(
        'supabase/migrations/20260601000000_clash.sql',
        'CREATE OR REPLACE FUNCTION "public"."cancel_job"(x int) returns int language sql as $$ select 1 $$;',
      ),
    problem: /define what Puppet Retry defines too: public\.cancel_job/,
  },
  {
    name: 'a migration of theirs makes an older puppet_jobs',
    prepare: (app) =>
      app.write(
        'supabase/migrations/20260601000000_old.sql',
        'create table puppet_jobs (id uuid primary key);',
      ),
    problem: /public\.puppet_jobs; bring .* by deno task adopt, then install with --adopted/,
  },
  {
    name: 'a migration of theirs is numbered so that nothing can follow',
    prepare: (app) => app.write('supabase/migrations/999_last.sql', 'select 1;\n'),
    problem: /numbered like 20260131235959.*: 999/,
  },
  {
    name: 'there is no project',
    prepare: (app) => Deno.remove(`${app.path}/supabase/config.toml`),
    problem: /run npx supabase init there first/,
  },
];

for (const { name, prepare, problem } of REFUSALS) {
  Deno.test(`install refuses, and changes nothing, where ${name}`, async () => {
    await using app = await makeTheirApp();
    await prepare(app);
    const before = await app.files();
    const { problems } = await app.install();
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0]!, problem);
    assert.deepEqual(await app.files(), before);
  });
}

Deno.test('config.toml: functions written as one inline table are refused in words', () => {
  const { text, problem } = planConfig('functions = { hello = { verify_jwt = true } }\n', null, [
    'api',
  ]);
  assert.equal(text, null);
  assert.match(problem!, /in one line, which nothing can be added to/);
});

Deno.test('defined names: what a later statement drops is not defined', () => {
  const names = definedNames([
    '-- create table public.comment_only (id int);\ncreate table if not exists jobs (id int);',
    'create view "public"."v" as select 1; create function f() returns int language sql as $$ $$;',
    'drop table public.jobs;',
  ]);
  assert.deepEqual(names, [
    { kind: 'view', name: 'public.v' },
    { kind: 'function', name: 'public.f' },
  ]);
});
