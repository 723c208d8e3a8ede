import assert from 'node:assert/strict';
import { withDatabase } from '../../supabase/local/database_client.ts';
import { startPlatform } from '../../supabase/local/platform.ts';
import { SUPABASE_CLI, supabaseCliEnvironment } from '../../supabase/local/supabase_cli.ts';

Deno.test('supabase db lint finds nothing to warn of', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-lint-' });
  await using platform = await startPlatform({
    folder,
    temporary: true,
    functions: false,
    ticks: false,
  });
  // The extension that the CLI asks is not trusted: hosted has it, here the superuser makes it.
  await withDatabase(platform.dbUrl, (sql) => sql`create extension plpgsql_check`);
  const url = new URL(platform.projectDbUrl);
  url.searchParams.set('sslmode', 'disable');
  const lint = await new Deno.Command('npx', {
    args: [
      '-y',
      SUPABASE_CLI,
      'db',
      'lint',
      '--schema',
      'public,puppet_private',
      '--level',
      'warning',
      '--fail-on',
      'warning',
      '--workdir',
      folder,
      '--db-url',
      url.href,
    ],
    env: await supabaseCliEnvironment(folder),
  }).output();
  const words = [lint.stdout, lint.stderr].map((bytes) => new TextDecoder().decode(bytes)).join('');
  assert.equal(lint.code, 0, words);
  assert.match(words, /No schema errors found/);
});
