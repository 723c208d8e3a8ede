import assert from 'node:assert/strict';
import { join } from 'node:path';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { runSupabase } from '../local/supabase_command.ts';

Deno.test('supabase db lint finds nothing to warn of', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-lint-' });
  const options = { folder, temporary: true, functions: false, ticks: false };
  await using platform = await startPlatform(options);
  // The extension that the CLI asks is not trusted: hosted has it, here the superuser makes it.
  await withDatabase(platform.dbUrl, (sql) => sql`create extension plpgsql_check`);
  const project = join(folder, 'project');
  await Deno.mkdir(project);
  const remote = `--remote=${platform.projectDbUrl}`;
  const schemas = ['--schema', 'public,puppet_private'];
  const lint = ['db', 'lint', remote, ...schemas, '--level', 'warning', '--fail-on', 'warning'];
  const { code, stdout, stderr } = await runSupabase(project, ...lint);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout + stderr, /No schema errors found/);
});
