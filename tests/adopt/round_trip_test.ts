import assert from 'node:assert/strict';
import { adopt } from '../../supabase/adopt/adopt.ts';
import { AdoptionRefused } from '../../supabase/adopt/report.ts';
import { undoAdoption } from '../../supabase/adopt/undo.ts';
import { openOldDatabase, type Shape } from './old_database.ts';
import { rowsOf, snapshot } from './snapshot.ts';

const SHAPES: Shape[] = ['plain', 'connected', 'retrying'];

for (const shape of SHAPES) {
  Deno.test(`adoption of ${shape}: loses nothing, and the way back gives what was`, async (t) => {
    await using old = await openOldDatabase(shape);
    const before = await old.use(snapshot);
    const jobs = await old.use((sql) => rowsOf(sql, 'public.puppet_jobs'));

    await t.step('a dry run tells all of it and changes nothing', async () => {
      const report = await adopt(old.url, { dryRun: true });
      assert.ok(report.changed.some((line) => line.startsWith('status pending: ')));
      assert.deepEqual(await old.use(snapshot), before);
    });

    await t.step('every row is there with each old column as it was', async () => {
      await adopt(old.url);
      await old.use(async (sql) => {
        const [row] = await sql<{ lost: number; kept: number }[]>`
          select count(*) filter (where j.id is null)::int as lost, count(j.id)::int as kept
          from puppet_before_adoption.puppet_jobs o
          left join public.puppet_jobs j on j.id = o.id
            and j.user_id = o.user_id
            and (to_jsonb(o) - ${await translated(sql)}::text::text[]) <@ to_jsonb(j)
        `;
        assert.deepEqual(row, { lost: 0, kept: jobs.length });
      });
    });

    await t.step('a second run says that it is done', async () => {
      await assert.rejects(adopt(old.url), (error) => {
        assert.ok(error instanceof AdoptionRefused);
        assert.deepEqual(error.reasons, ['This database is already adopted.']);
        return true;
      });
    });

    await t.step('a dry run of the way back changes nothing', async () => {
      const adopted = await old.use(snapshot);
      await undoAdoption(old.url, { dryRun: true });
      assert.deepEqual(await old.use(snapshot), adopted);
    });

    await t.step('the way back gives the schema and the rows as they were', async () => {
      await undoAdoption(old.url);
      assert.deepEqual(await old.use(snapshot), before);
    });

    await t.step('and the database can be adopted again', async () => {
      await adopt(old.url);
      await assert.rejects(undoAdoption(old.url), /drop or rename it first/);
    });
  });
}

/** Columns that mean something else in ours, which tests of their own look at. */
async function translated(sql: Parameters<typeof snapshot>[0]): Promise<string> {
  const [row] = await sql<{ names: string }[]>`
    select array_agg(o.name)::text as names
    from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_jobs' and not o.is_kept
      and o.name not in ('id', 'user_id', 'campaign_id', 'max_retries', 'retry_enabled')
  `;
  return row!.names;
}
