import assert from 'node:assert/strict';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { undoAdoption } from '../../supabase/adopt/undo.ts';
import { openOldDatabase } from './old_database.ts';
import { snapshot } from './snapshot.ts';

interface Refusal {
  name: string;
  before: string[];
  says: RegExp;
  after: string;
}

const REFUSALS: Refusal[] = [
  {
    name: 'an unknown status word',
    before: [
      `alter type job_status add value 'draft'`,
      `update puppet_jobs set status = 'draft' where status = 'pending'`,
    ],
    says: /^1 jobs have status 'draft', which has no counterpart: give them one of /,
    after: `update puppet_jobs set status = 'pending' where status = 'draft'`,
  },
  {
    name: 'jobs without an owner',
    before: [`alter table puppet_jobs alter user_id drop not null;
      update puppet_jobs set user_id = null where status = 'queued'`],
    says: /^1 jobs have no user_id: give them one/,
    after: `update puppet_jobs set user_id = gen_random_uuid() where user_id is null`,
  },
  {
    name: 'a column of our name and another type',
    before: [`alter table puppet_jobs add priority text`],
    says: /^the column puppet_jobs.priority is text, where ours of that name is integer: rename it/,
    after: `alter table puppet_jobs drop priority`,
  },
  {
    name: 'a materialized view',
    before: [
      `create materialized view counted as select status, count(*) from puppet_jobs group by 1`,
    ],
    says: /^the materialized view public.counted reads an old table: drop it first/,
    after: `drop materialized view counted`,
  },
  {
    name: 'a column of the row type',
    before: [`create table archive (job puppet_jobs)`],
    says: /^the column public.archive.job is of the row type of an old table/,
    after: `drop table archive`,
  },
  {
    name: 'a message that is too long for a config',
    before: [`update puppet_jobs set message = repeat('x', 300000) where status = 'queued'`],
    says: /^1 jobs have a message of more than 250 kB/,
    after: `update puppet_jobs set message = 'short' where status = 'queued'`,
  },
  {
    name: 'a time that clients cannot read',
    before: [`update puppet_jobs set created_at = 'infinity' where status = 'queued'`],
    says: /^1 jobs have a created_at before the year 2000 or after 9999: mend it first/,
    after: `update puppet_jobs set created_at = now() where created_at = 'infinity'`,
  },
  {
    name: 'a failure in the middle, after our schema was made',
    before: [`alter table puppet_jobs add job_type text not null default repeat('x', 101)`],
    says: /job_type_is_1_to_100.*in jobs\.sql/,
    after: `alter table puppet_jobs drop job_type`,
  },
  {
    name: 'a failure at the end, when all was copied',
    before: [
      `create function statuses() returns setof job_status language sql
        begin atomic select status from puppet_jobs; end`,
    ],
    says: /^The function public.statuses\(\) does not fit the exchanged tables/,
    after: `drop function statuses`,
  },
  {
    name: 'recorded chapters without their objects',
    before: [`create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (
        version text primary key, statements text[], name text);
      insert into supabase_migrations.schema_migrations values ('20260101000000')`],
    says: /^Migrations 20260101000000 are recorded as applied/,
    after: `delete from supabase_migrations.schema_migrations`,
  },
];

Deno.test('adoption: what cannot be done is refused, and nothing has changed', async (t) => {
  await using old = await openOldDatabase('plain');
  for (const { name, before, says, after } of REFUSALS) {
    await t.step(name, async () => {
      await old.use(async (sql) => {
        for (const statement of before) await sql.unsafe(statement).simple();
        const found = await snapshot(sql);
        await assert.rejects(adopt(old.url), (error) => {
          assert.ok(error instanceof Error);
          assert.match(error.message, says);
          return true;
        });
        assert.deepEqual(await snapshot(sql), found);
        await sql.unsafe(after).simple();
      });
    });
  }

  await t.step('a superuser, who would own what is made', async () => {
    await assert.rejects(adopt(old.platform.dbUrl), /supabase_admin is a superuser/);
  });

  await t.step('a database that is no project of Supabase', async () => {
    await old.use(async (sql) => await sql.unsafe('create database bare').simple());
    const bare = new URL(old.url);
    bare.pathname = '/bare';
    await withDatabase(bare.href, (sql) => sql`create table puppet_jobs (id uuid primary key)`);
    await assert.rejects(adopt(bare.href), /it lacks the schemas auth, extensions, vault/);
  });

  await t.step('a way back from nowhere', async () => {
    await assert.rejects(undoAdoption(old.url), /^AdoptionRefused: There is no way back/);
  });

  await t.step('the way back refuses what it cannot carry', async () => {
    await adopt(old.url);
    await old.use(async (sql) => {
      await sql`create view since as select job_type, status from puppet_jobs`;
      const found = await snapshot(sql);
      await assert.rejects(undoAdoption(old.url), /The view public.since does not fit/);
      assert.deepEqual(await snapshot(sql), found);
      await sql`drop view since`;
    });
    await undoAdoption(old.url);
  });

  await t.step('a database without the table', async () => {
    await old.use((sql) => sql`alter table puppet_jobs rename to other_jobs`);
    await assert.rejects(adopt(old.url), /There is no table public.puppet_jobs to adopt/);
  });
});
