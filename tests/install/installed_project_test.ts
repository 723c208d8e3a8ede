import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { appliedMigrations } from '../../supabase/install/applied_migrations.ts';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { type Platform, startPlatform } from '../../supabase/local/platform.ts';
import { supabase } from '../local/supabase_command.ts';
import { eventually } from '../shared/workspace.ts';
import { readCatalog, readTheirCronJobs } from './catalog.ts';
import { readManifest } from '../../supabase/install/manifest.ts';
import { makeTheirApp, type TheirApp } from './their_app.ts';

const OWNER = '00000000-0000-0000-0000-000000000001';

async function push(app: TheirApp, platform: Platform): Promise<unknown[] | undefined> {
  const config = await app.read('supabase/config.toml');
  const port = new URL(platform.projectDbUrl).port;
  await app.write(
    'supabase/config.toml',
    config.replace(/^(\[db\][\s\S]*?^port = )\d+/m, `$1${port}`),
  );
  const { code, reply, stderr } = await supabase(app.path, 'db', 'push', '--yes');
  assert.equal(code, 0, stderr);
  return reply.migrations;
}

/** Migrations of the installation that the database has applied. */
async function applied(app: TheirApp, platform: Platform): Promise<string[]> {
  const installed = await readManifest(app.path);
  return await appliedMigrations(platform.projectDbUrl, Object.values(installed?.chapters ?? {}));
}

async function recordsLike(platform: Platform, pattern: string): Promise<string[]> {
  return await withDatabase(platform.projectDbUrl, async (sql) => {
    const rows = await sql<{ name: string }[]>`
      select m.name from supabase_migrations.schema_migrations m where m.name like ${pattern}
    `;
    return rows.map(({ name }) => name);
  });
}

/** What a project may have hung on ours; undone by `drop`. */
const DEPENDENTS = [
  {
    make: 'create view public.my_waiting as select * from puppet_private.waiting_jobs',
    named: /yours depend on it: view my_waiting$/m,
    drop: 'drop view public.my_waiting',
  },
  {
    make: 'create view puppet_private.mine as select 1 as one',
    named: /: view puppet_private\.mine$/m,
    drop: 'drop view puppet_private.mine',
  },
  {
    make: `create policy mine on public.things to authenticated
      using (puppet_private.caller_is_admin())`,
    named: /: policy mine on table things$/m,
    drop: 'drop policy mine on public.things',
  },
  {
    make: `create trigger mine before update on public.things
      for each row execute function puppet_private.touch_updated_at()`,
    named: /: trigger mine on table things$/m,
    drop: 'drop trigger mine on public.things',
  },
  {
    make: `create table public.mine (id int, job_id uuid references public.puppet_jobs (id))`,
    named: /: constraint mine_job_id_fkey on table mine$/m,
    drop: 'drop table public.mine',
  },
  {
    make: `create function public.mine(j public.puppet_jobs) returns int
      language sql set search_path = '' as 'select 1'`,
    named: /: function mine\(puppet_jobs\)$/m,
    drop: 'drop function public.mine(public.puppet_jobs)',
  },
];

type Answer = [status: number, body: string];

/** What their users and their service see and may do, through the Data API. */
async function theirBehaviour(platform: Platform) {
  const token = await platform.signUserJwt({ sub: OWNER });
  const stranger = await platform.signUserJwt({ sub: crypto.randomUUID() });
  const ask = async (path: string, key: string, bearer = key): Promise<Answer> => {
    const response = await fetch(`${platform.url}/rest/v1/${path}`, {
      headers: { apikey: key, authorization: `Bearer ${bearer}` },
    });
    return [response.status, await response.text()];
  };
  const { publishable, serviceRole } = platform.keys;
  return {
    owner: await ask('things?order=id', publishable, token),
    stranger: await ask('things', publishable, stranger),
    anon: await ask('things', publishable),
    service: await ask('things?order=id', serviceRole),
    rpcByAnon: await ask('rpc/count_things', publishable),
    cron: await readTheirCronJobs(platform.dbUrl),
  };
}

/** How many of their things each of them sees. */
function visibleThings(
  { owner, stranger, anon, service }: Awaited<ReturnType<typeof theirBehaviour>>,
) {
  const count = ([status, body]: Answer) => {
    assert.equal(status, 200, body);
    return JSON.parse(body).length;
  };
  return {
    owner: count(owner),
    stranger: count(stranger),
    anon: count(anon),
    service: count(service),
  };
}

// The Data API hears of new tables and functions a moment after they are there, all in one.
async function untilTheirsAreServed(platform: Platform): Promise<void> {
  await eventually('the Data API serves their function', async () => {
    const [status] = (await theirBehaviour(platform)).rpcByAnon;
    return status === 200;
  });
}

Deno.test('an installed project: what was there is untouched, and jobs run through', async (t) => {
  await using app = await makeTheirApp();
  const folder = join(dirname(app.path), 'platform');
  const ground = { folder, temporary: true, project: app.path, durable: false, ticks: false };
  await using platform = await startPlatform({ ...ground, migrate: false, functions: false });

  const theirs = await push(app, platform);
  assert.equal(theirs?.length, 2);
  const catalog = await readCatalog(platform.dbUrl);
  await untilTheirsAreServed(platform);
  const behaviour = await theirBehaviour(platform);
  assert.deepEqual(visibleThings(behaviour), { owner: 3, stranger: 0, anon: 0, service: 3 });
  const before = await app.files();

  await t.step('db push applies the chapters after theirs', async () => {
    await app.install();
    const pushed = await push(app, platform);
    assert.equal(pushed?.length, (await app.shipment()).chapters.length);
    assert.deepEqual(await push(app, platform), []);
    assert.equal((await applied(app, platform)).length, pushed?.length);
  });

  await t.step(
    'their objects, grants, policies and default privileges are as they were',
    async () => {
      const now = new Set(await readCatalog(platform.dbUrl));
      assert.deepEqual(catalog.filter((line) => !now.has(line)), []);
      assert.deepEqual(await theirBehaviour(platform), behaviour);
    },
  );

  await t.step('their default privileges open nothing of ours', async () => {
    const open = (await readCatalog(platform.dbUrl))
      .filter((line) => !catalog.includes(line))
      .filter((line) => /\banon=/.test(line));
    assert.deepEqual(open, []);
  });

  await t.step(
    'uninstall.sql changes nothing while something of theirs depends on ours',
    async () => {
      const script = await app.read('puppet-retry/uninstall.sql');
      const installed = await readCatalog(platform.dbUrl);
      for (const { make, named, drop } of DEPENDENTS) {
        await withDatabase(platform.projectDbUrl, (sql) => sql.unsafe(make).simple());
        const uninstall = withDatabase(platform.projectDbUrl, (sql) => sql.unsafe(script).simple());
        await assert.rejects(uninstall, named);
        await withDatabase(platform.projectDbUrl, (sql) => sql.unsafe(drop).simple());
        assert.deepEqual(await readCatalog(platform.dbUrl), installed);
      }
      const known = (await app.shipment()).chapters.length;
      assert.equal((await applied(app, platform)).length, known);
    },
  );

  await t.step('uninstall.sql leaves the database as it was, but for extensions', async () => {
    const script = await app.read('puppet-retry/uninstall.sql');
    await withDatabase(platform.projectDbUrl, async (sql) => {
      await sql`
        insert into supabase_migrations.schema_migrations (version, name)
        values ('20250101000000', 'puppet_retry_policies')
      `;
      await sql.unsafe(script).simple();
    });
    const left = (await readCatalog(platform.dbUrl)).filter((line) => !catalog.includes(line));
    assert.deepEqual(left.filter((line) => !/^extension /.test(line)), []);
    assert.deepEqual(await theirBehaviour(platform), behaviour);
    assert.deepEqual(await applied(app, platform), []);
    assert.deepEqual(await recordsLike(platform, 'puppet_retry_%'), ['puppet_retry_policies']);
  });

  await t.step(
    'after --undo a push finds nothing missing; installed again, it applies again',
    async () => {
      await withDatabase(platform.projectDbUrl, (sql) =>
        sql`
        delete from supabase_migrations.schema_migrations where name = 'puppet_retry_policies'
      `);
      await app.undo();
      assert.deepEqual(await app.files(), before);
      assert.deepEqual(await push(app, platform), []);
      await app.install();
      assert.equal((await push(app, platform))?.length, (await app.shipment()).chapters.length);
    },
  );
});

const HANDLER = `
import { z } from 'zod';
import { defineHandler } from '../../../shared/job_handlers.ts';

export const greet = defineHandler({
  jobType: 'greet',
  config: z.object({ name: z.string() }),
  run: (job) => Promise.resolve({ text: 'hello ' + job.config.name }),
});
`;
const HANDLERS = `
import type { JobHandler } from '../../../shared/job_handlers.ts';
import { greet } from './greet.ts';
export const handlers: JobHandler[] = [greet];
`;

Deno.test('an installed project: its functions serve, theirs too, and a job of theirs runs through', async () => {
  await using app = await makeTheirApp();
  await app.install();
  const handlers = 'puppet-retry/functions/processor/handlers';
  await app.write(`${handlers}/greet.ts`, HANDLER);
  await app.write(`${handlers}/index.ts`, HANDLERS);
  const folder = join(dirname(app.path), 'platform');
  const lines: string[] = [];
  await using platform = await startPlatform({
    folder,
    temporary: true,
    project: app.path,
    ticks: false,
    logger: (line) => void lines.push(line),
  });
  assert.deepEqual(
    Object.keys(platform.functions).sort(),
    ['api', 'hello', 'processor'],
    lines.join('\n'),
  );
  assert.equal(await (await fetch(`${platform.url}/functions/v1/hello`)).text(), 'hello');
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${platform.url}/functions/v1/${path}`, {
      ...init,
      headers: { apikey: platform.keys.secret, 'content-type': 'application/json' },
    });
  const enqueued = await call('api/puppet/jobs', {
    method: 'POST',
    body: JSON.stringify({ userId: OWNER, jobType: 'greet', jobConfig: { name: 'Ada' } }),
  });
  assert.ok(enqueued.ok, `${enqueued.status} ${await enqueued.clone().text()}`);
  const run = await call('processor?wait=true', { method: 'POST', body: '{}' });
  assert.equal((await run.json()).successfulJobs, 1, lines.join('\n'));
  const [job] = await withDatabase(
    platform.dbUrl,
    (sql) =>
      sql<{ status: string; result: unknown }[]>`
      select status, result_data as result from puppet_jobs
    `,
  );
  assert.deepEqual({ ...job }, { status: 'completed', result: { text: 'hello Ada' } });
});
