import assert from 'node:assert/strict';
import { databaseTest, refusal, type Sql } from './database.ts';
import { enqueue } from './enqueue.ts';
import { insertJob, jobRow, OTHER_OWNER, OWNER } from './jobs.ts';

const JOB = {
  user_id: OWNER,
  job_type: 'test_job',
  job_config: { to: 'a' },
  idempotency_key: 'order-1',
};

/** Ends the job as if it had been completed so many days ago. */
async function completedDaysAgo(sql: Sql, id: string, days: number): Promise<void> {
  await sql`
    update puppet_jobs
    set status = 'completed', final_status = 'completed',
      completed_at = clock_timestamp() - make_interval(days => ${days})
    where id = ${id}
  `;
}

databaseTest('idempotency_key: repeated in one call it makes one job', async (sql) => {
  const [first, second] = await enqueue(sql, [JOB, JOB]);
  assert.deepEqual([first!.created, second!.created], [true, false]);
  assert.equal(second!.job_id, first!.job_id);
  assert.equal(second!.same_payload, true);
});

databaseTest('idempotency_key: repeated in a later call it answers the first job', async (sql) => {
  const [first] = await enqueue(sql, [JOB]);
  const [fresh, again] = await enqueue(sql, [{ ...JOB, idempotency_key: 'order-2' }, JOB]);
  assert.equal(fresh!.created, true);
  assert.deepEqual(again, { job_id: first!.job_id, created: false, same_payload: true });
});

databaseTest('idempotency_key: another payload is told, and the first one stays', async (sql) => {
  const [first, second] = await enqueue(sql, [JOB, { ...JOB, job_config: { to: 'b' } }]);
  assert.deepEqual(second, { job_id: first!.job_id, created: false, same_payload: false });
  const [third] = await enqueue(sql, [{ ...JOB, job_config: { to: 'c' } }]);
  assert.deepEqual(third, { job_id: first!.job_id, created: false, same_payload: false });
  assert.deepEqual((await jobRow(sql, first!.job_id)).job_config, { to: 'a' });
});

databaseTest('idempotency_key: it is unique per owner and job type', async (sql) => {
  const answers = await enqueue(sql, [
    JOB,
    { ...JOB, user_id: OTHER_OWNER },
    { ...JOB, job_type: 'other_job' },
  ]);
  assert.deepEqual(answers.map((answer) => answer.created), [true, true, true]);
});

databaseTest('idempotency_key: a job that ended less than 7 days ago keeps it', async (sql) => {
  const [first] = await enqueue(sql, [JOB]);
  await completedDaysAgo(sql, first!.job_id, 6);
  const [again] = await enqueue(sql, [JOB]);
  assert.deepEqual(again, { job_id: first!.job_id, created: false, same_payload: true });
});

databaseTest('idempotency_key: it is free 7 days after its job ended', async (sql) => {
  const [first] = await enqueue(sql, [JOB]);
  await completedDaysAgo(sql, first!.job_id, 8);
  const [second] = await enqueue(sql, [JOB]);
  assert.equal(second!.created, true);
  assert.notEqual(second!.job_id, first!.job_id);
  assert.equal((await jobRow(sql, first!.job_id)).status, 'completed');
});

databaseTest('idempotency_key: a job that has not ended keeps it however old', async (sql) => {
  const [first] = await enqueue(sql, [JOB]);
  await sql`
    update puppet_jobs
    set created_at = now() - interval '90 days', scheduled_at = now() - interval '90 days'
    where id = ${first!.job_id}
  `;
  assert.equal((await enqueue(sql, [JOB]))[0]!.created, false);
});

databaseTest('idempotency_key: enqueue finds the job of a plain insert', async (sql) => {
  const id = await insertJob(sql, JOB);
  assert.equal((await enqueue(sql, [JOB]))[0]!.job_id, id);
});

databaseTest('idempotency_key: a plain insert cannot repeat it', async (sql) => {
  await insertJob(sql, JOB);
  assert.equal((await refusal(sql, (s) => insertJob(s, JOB))).code, '23505');
});

databaseTest(
  'enqueue_jobs: an idempotency_key is a string, or the batch is refused',
  async (sql) => {
    for (const key of [[], {}, 7, true, ['a']]) {
      const job = { user_id: OWNER, job_type: 'test_job', idempotency_key: key };
      const refused = await refusal(sql, (s) => enqueue(s, [job]));
      assert.equal(refused.code, 'PT422');
      assert.match(refused.message, /idempotency_key must be a string/);
    }
  },
);

databaseTest('idempotency_key: a first job that is deleted meanwhile is replaced', async (sql) => {
  const id = await insertJob(sql, JOB);
  // After the insert that finds the key taken, before the look for whose it is.
  await sql.unsafe(`
    create function pg_temp.delete_first() returns trigger language plpgsql
    as 'begin delete from public.puppet_jobs where id = ''${id}''; return null; end';
    create trigger delete_first after insert on puppet_jobs
    execute function pg_temp.delete_first();
  `);
  const answers = await enqueue(sql, [{ ...JOB, idempotency_key: 'order-2' }, JOB]);
  assert.deepEqual(answers.map(({ created }) => created), [true, true]);
  for (const { job_id } of answers) assert.equal((await jobRow(sql, job_id)).status, 'pending');
});

databaseTest('idempotency_key: what is neither inserted nor found is refused', async (sql) => {
  await sql.unsafe(`
    create function pg_temp.drop_it() returns trigger language plpgsql
    as 'begin return null; end';
    create trigger drop_it before insert on puppet_jobs
    for each row when (new.idempotency_key = 'order-1') execute function pg_temp.drop_it();
  `);
  const jobs = [{ ...JOB, idempotency_key: 'order-2' }, JOB];
  const refused = await refusal(sql, (s) => enqueue(s, jobs));
  assert.equal(refused.code, 'PT503');
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int from puppet_jobs where idempotency_key = 'order-2'
  `;
  assert.equal(row!.count, 0);
});
