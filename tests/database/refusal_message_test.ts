import assert from 'node:assert/strict';
import { actAs, databaseTest, refusal } from './database.ts';
import { OWNER } from './jobs.ts';

const HOSTILE = ['x\r\nset-cookie: a=b', 'x'.repeat(100_000), '\u202e', ''];

// PostgREST makes the message of a PT error the reason phrase of its answer, raw.
databaseTest('refusals: a field that is no plain word is not repeated', async (sql) => {
  await actAs(sql, 'authenticated', { sub: OWNER, app_metadata: { puppet_admin: true } });
  for (const field of HOSTILE) {
    const filter = JSON.stringify({ [field]: 1, job_type: 'x' });
    const jobs = JSON.stringify([{ [field]: 1 }]);
    const refused = [
      await refusal(sql, (s) => s`select retry_jobs(${filter}::text::jsonb)`),
      await refusal(sql, (s) => s`select enqueue_jobs(${jobs}::text::jsonb)`),
    ];
    for (const { code, message } of refused) {
      assert.equal(code, 'PT422');
      assert.match(message, /^[\x20-\x7e]{1,300}$/);
    }
  }
});

databaseTest('refusals: a field that is a plain word is named', async (sql) => {
  const jobs = await refusal(sql, (s) => s`select enqueue_jobs('[{"prioritty": 1}]')`);
  assert.match(jobs.message, /unknown field 'prioritty'/);
  const filter = await refusal(sql, (s) => s`select retry_jobs('{"jobtype": 1, "x y": 2}')`);
  assert.match(filter.message, /unknown fields: a name that is no plain word, jobtype/);
});
