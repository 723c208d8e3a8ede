import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFunctionConfigs } from '../../supabase/local/function_config.ts';

Deno.test('function config: paths count from its folder, the entry is where the CLI looks by default', async () => {
  const folder = await Deno.makeTempDir({ prefix: 'puppet-retry-test-' });
  try {
    const file = join(folder, 'config.toml');
    await Deno.writeTextFile(
      file,
      `
      [functions.plain]
      verify_jwt = false
      [functions.elsewhere]
      entrypoint = "../elsewhere/index.ts"
      import_map = "../elsewhere/deno.json"
      [functions.off]
      enabled = false
      `,
    );
    assert.deepEqual(await readFunctionConfigs(file), [
      { name: 'plain', entrypoint: join(folder, 'functions/plain/index.ts'), importMap: null },
      {
        name: 'elsewhere',
        entrypoint: join(folder, '../elsewhere/index.ts'),
        importMap: join(folder, '../elsewhere/deno.json'),
      },
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
