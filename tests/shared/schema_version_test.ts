import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { CronProcessor } from '../../shared/cron_processor.ts';
import { SCHEMA_VERSION, schemaAdvice } from '../../shared/schema_version.ts';
import { createServiceClient } from '../../shared/service_client.ts';
import { clientThrough, done, listeningLogger } from './workspace.ts';

const MIGRATIONS = fileURLToPath(new URL('../../supabase/migrations', import.meta.url));

Deno.test('schema version: the last migration sets the one that the code is made for', async () => {
  const names = await Array.fromAsync(Deno.readDir(MIGRATIONS), ({ name }) => name);
  const last = names.sort().at(-1)!;
  assert.match(last, /_schema_version\.sql$/);
  const text = await Deno.readTextFile(`${MIGRATIONS}/${last}`);
  assert.equal(Number(/schema_version = (\d+)/.exec(text)?.[1]), SCHEMA_VERSION);
  const registered = done(
    await createServiceClient().rpc('register_handled_types', { p_job_types: [] }),
  );
  assert.equal(Reflect.get(Object(registered), 'schema_version'), SCHEMA_VERSION);
});

Deno.test('schema version: what to do where they differ', () => {
  assert.equal(schemaAdvice(7, 7), null);
  assert.equal(schemaAdvice(7, 8), 'schema 7, code 8: run supabase db push');
  assert.equal(schemaAdvice(8, 7), 'schema 8, code 7: deploy the functions');
});

Deno.test('schema version: a processor says at each run that the schema is another', async () => {
  for (const [schema, said] of [[SCHEMA_VERSION, false], [SCHEMA_VERSION - 1, true]] as const) {
    const logger = listeningLogger();
    const client = clientThrough((input, init) =>
      String(input).endsWith('/register_handled_types')
        ? Promise.resolve(Response.json({ job_types: [], schema_version: schema }))
        : fetch(input, init)
    );
    await new CronProcessor({ client, logger, handlers: [] }).processFullBatch();
    const text = `schema ${schema}, code ${SCHEMA_VERSION}: run supabase db push`;
    assert.equal(logger.lines.some((line) => line.includes(text)), said);
  }
});
