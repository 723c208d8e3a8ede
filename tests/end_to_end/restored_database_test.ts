import assert from 'node:assert/strict';
import { join } from 'node:path';
import { withDatabase } from '../../supabase/local/database_client.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import { done, eventually, startSystem, type System } from './system.ts';

/** Lets Postgres come up as from a backup: it recovers from an archive and begins a new timeline. */
async function restore(platform: Platform): Promise<void> {
  const folder = await withDatabase(
    platform.dbUrl,
    async (sql) =>
      (await sql<{ data_directory: string }[]>`show data_directory`)[0]!.data_directory,
  );
  await platform.stopPostgres();
  const settings = join(folder, 'postgresql.auto.conf');
  await Deno.writeTextFile(settings, "restore_command = 'false'\n", { append: true });
  await Deno.writeTextFile(join(folder, 'recovery.signal'), '');
  await platform.startPostgres();
}

/** What a tick says, as JSON; one that finds another running says nothing and is sent again. */
async function tickAnswer({ client }: System): Promise<string> {
  let answer = '';
  await eventually('a tick runs', async () => {
    answer = JSON.stringify(done(await client.rpc('tick_retry_processor')));
    return !answer.includes('another tick is running');
  });
  return answer;
}

Deno.test('a database restored in place sends nothing by its ticks until somebody arms it', async () => {
  await using system = await startSystem();
  const { platform, client } = system;
  await system.enqueue({});
  await eventually('a job completes', async () => (await system.jobs())[0]?.status === 'completed');
  await eventually(
    'its call is finished',
    async () => (await system.receipts()).every(({ finished_at }) => finished_at !== null),
  );
  await restore(platform);

  await system.enqueue({});
  assert.match(await tickAnswer(system), /disarmed: this database was restored or cloned/);
  const health = done(await client.rpc('get_health_details'));
  assert.match(JSON.stringify(health), /restored or cloned/);
  const calls = async () => (await system.receipts()).filter(({ error }) => error === null).length;
  const length = await calls();
  // Long enough for ticks of their own, once a second.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(await calls(), length);
  assert.equal((await system.receipts()).length, length + 1);
  assert.equal(system.deliveries.length, 1);

  const { status } = await fetch(`${platform.processorUrl}?wait=true`, {
    method: 'POST',
    headers: { apikey: platform.keys.secret },
  });
  assert.equal(status, 200);
  assert.equal(system.deliveries.length, 2);
  await system.enqueue({});
  assert.match(await tickAnswer(system), /restored or cloned/);
  assert.equal(system.deliveries.length, 2);

  done(await client.rpc('arm_ticks', { p_project_url: new URL(platform.processorUrl).origin }));
  await eventually('ticks call again', async () => await calls() > length);
  await eventually('the job completes', () => system.deliveries.length === 3);
});
