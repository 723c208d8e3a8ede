import assert from 'node:assert/strict';
import { fieldOfColumn, fieldOfRule } from '../../../functions/api/input_names.ts';
import { databaseTest } from '../../database/database.ts';

/** About two fields at once; the edge refuses what would break it. */
const NAMES_NO_FIELD = ['error_types_are_not_null'];

databaseTest('input names: each check that a caller can break names its field', async (sql) => {
  const checks = await sql<{ name: string; columns: string[] }[]>`
    select o.conname::text as name, array(
      select a.attname::text
      from pg_attribute a
      where a.attrelid = o.conrelid and a.attnum = any(o.conkey)) as columns
    from pg_constraint o
    where o.contype = 'c'
      and o.conrelid = any('{public.puppet_jobs,public.puppet_job_retry_config}'::regclass[])
  `;
  assert.ok(checks.length > 20);
  for (const { name, columns } of checks) {
    if (NAMES_NO_FIELD.includes(name)) continue;
    const fields = columns.map(fieldOfColumn).filter((field) => field !== undefined);
    const field = fieldOfRule(name);
    if (fields.length === 0) assert.equal(field, undefined, name);
    else assert.ok(field && fields.includes(field), `${name} names ${field}, not ${fields}`);
  }
});
