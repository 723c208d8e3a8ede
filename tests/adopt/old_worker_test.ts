import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from '../database/database.ts';
import { insertJob, jobRow } from '../database/jobs.ts';
import { codeBlocks } from '../end_to_end/readme_blocks.ts';

const README = await Deno.readTextFile(
  new URL('../../supabase/adopt/README.md', import.meta.url),
);
const [EXAMPLE] = codeBlocks(README).filter(({ language }) => language === 'sql');
/** The old statement, and the call that is made instead. */
const STEPS = (EXAMPLE?.code ?? '').split('\n\n').map((step) => {
  const [, old = '', call = ''] = /^-- was: (.*)\n([\s\S]*)$/.exec(step) ?? [];
  return { old, call };
});
const STATUSES = ['running', 'queued', 'cancelled', 'queued', 'completed'];

databaseTest(
  'an old worker: its updates are refused, and what the README calls works',
  async (sql) => {
    assert.equal(STEPS.length, STATUSES.length);
    await sql`delete from puppet_jobs where job_type = 'linkedin_outreach'`;
    const id = await insertJob(sql, { job_type: 'linkedin_outreach' });
    await actAs(sql, 'service_role');
    for (const [index, { old, call }] of STEPS.entries()) {
      const { code, constraint_name: name } = await refusal(
        sql,
        (work) => work.unsafe(old.replace('<job id>', id)),
      );
      assert.equal(code, '23514', old);
      assert.ok(README.includes(`${name}`), `${name} is not named`);
      await sql.unsafe(call.replace('<job id>', id));
      assert.equal((await jobRow(sql, id)).status, STATUSES[index], call);
    }
    assert.deepEqual((await jobRow(sql, id)).result_data, { sent: true });
  },
);
