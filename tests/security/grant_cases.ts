import assert from 'node:assert/strict';
import { connectTo } from '../database/database.ts';
import type { Cases } from './attacked.ts';

/** The tests of who may do what; each finds its database in the environment. */
const ACCESS_TESTS = [
  'tests/database/access_test.ts',
  'tests/database/house_rules_test.ts',
  'tests/security/grants_test.ts',
];

export const grantCases: Cases = {
  'what is new in public goes to everybody': async ({ platform }) => {
    const sql = connectTo(platform.projectDbUrl);
    await sql`create table public.of_the_host (id int)`;
    const [anon] = await sql`
      select has_table_privilege('anon', 'public.of_the_host', 'delete') as may_delete
    `;
    await sql`drop table public.of_the_host`;
    await sql.end();
    assert.equal(anon?.may_delete, true);
  },

  'who may do what is the same': async ({ platform }) => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ['test', '--allow-all', '--quiet', '--no-check', ...ACCESS_TESTS],
      env: { ...platform.env, NO_COLOR: '1' },
    }).output();
    const printed = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join('\n');
    assert.ok(success, printed);
    const ran = Number(/(\d+) passed/.exec(printed)?.[1] ?? 0);
    assert.ok(ran > 30, `${ran} tests ran`);
  },
};
