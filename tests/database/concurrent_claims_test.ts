import assert from 'node:assert/strict';
import { clientsTest, open4, startBlocked } from './clients.ts';
import type { Sql } from './database.ts';
import { enqueue as enqueueAll, type Enqueued } from './enqueue.ts';
import { claim, type Claimed, jobRow } from './jobs.ts';
import { cancel, noteAttempt } from './lifecycle.ts';

async function claimUntilEmpty(sql: Sql, type: string, executor: string): Promise<Claimed[]> {
  const all = [];
  for (;;) {
    const jobs = await claim(sql, { executor, types: [type], limit: 17 });
    if (jobs.length === 0) return all;
    all.push(...jobs);
  }
}

clientsTest(
  'concurrent claims: four clients share no job and together take all',
  async (clients) => {
    const ids = [];
    for (const priority of [1, 5, 10]) ids.push(...await clients.insertJobs(70, { priority }));
    const sqls = await open4(clients);
    const shares = await Promise.all(
      sqls.map((sql, at) => claimUntilEmpty(sql, clients.type, `executor-${at}`)),
    );
    const taken = shares.flat().map((job) => job.job_id);
    assert.deepEqual(taken.sort(), ids.sort());
  },
);

clientsTest('concurrent claims: none waits for the open claim of another', async (clients, sql) => {
  await clients.insertJobs(6);
  const other = await clients.open();
  await other`begin`;
  const first = await claim(other, { types: [clients.type], limit: 3 });
  const second = await claim(sql, { types: [clients.type], limit: 3 });
  await other`commit`;
  const ids = [...first, ...second].map((job) => job.job_id);
  assert.equal(new Set(ids).size, 6);
});

clientsTest(
  'concurrent claims: the same token, sent again meanwhile, gives the same jobs',
  async (clients, sql) => {
    await clients.insertJobs(4);
    const token = crypto.randomUUID();
    const options = { types: [clients.type], limit: 2, token };
    const other = await clients.open();
    await other`begin`;
    const first = await claim(other, options);
    const again = await clients.open();
    const { result } = await startBlocked(sql, again, async (again) => await claim(again, options));
    await other`commit`;
    assert.deepEqual(await result, first);
  },
);

clientsTest(
  'concurrent claims: the lease of one that had to wait counts from when it got its job',
  async (clients, sql) => {
    const token = crypto.randomUUID();
    const options = { types: [clients.type], token };
    const first = await clients.open();
    await first`begin`;
    assert.deepEqual(await claim(first, options), []);
    const again = await clients.open();
    const { result } = await startBlocked(sql, again, async (again) => await claim(again, options));
    const [id] = await clients.insertJobs(1) as [string];
    await first`commit`;
    assert.deepEqual((await result).map(({ job_id }) => job_id), [id]);
    const [row] = await sql<{ after: boolean }[]>`
      select executing_at > created_at as after from puppet_jobs where id = ${id}
    `;
    assert.ok(row!.after);
  },
);

clientsTest(
  'cancel during a claim: waits and asks the running job to stop',
  async (clients, sql) => {
    const claimer = await clients.open();
    const person = await clients.open();
    const [id] = await clients.insertJobs(1) as [string];
    await claimer`begin`;
    await claim(claimer, { types: [clients.type] });
    const { result } = await startBlocked(sql, person, async (person) => await cancel(person, id));
    await claimer`commit`;
    assert.equal((await result).status, 'running');
    assert.ok((await jobRow(sql, id)).cancel_requested_at);
  },
);

clientsTest(
  'claim during a cancel: does not wait and does not take the job',
  async (clients, sql) => {
    const person = await clients.open();
    const [id] = await clients.insertJobs(1) as [string];
    await person`begin`;
    await cancel(person, id);
    assert.deepEqual(await claim(sql, { types: [clients.type] }), []);
    await person`commit`;
    assert.equal((await jobRow(sql, id)).status, 'cancelled');
  },
);

clientsTest(
  'claim during the insert of an attempt that a caller notes: takes the job',
  async (clients, sql) => {
    const noting = await clients.open();
    const [id] = await clients.insertJobs(1) as [string];
    await noting`begin`;
    await noteAttempt(noting, id);
    const [job] = await claim(sql, { types: [clients.type] });
    await noting`commit`;
    assert.equal(job?.job_id, id);
  },
);

async function enqueueKeys(sql: Sql, type: string, keys: string[]): Promise<Enqueued[]> {
  const user_id = '00000000-0000-4000-8000-000000000009';
  return await enqueueAll(
    sql,
    keys.map((key) => ({ user_id, job_type: type, idempotency_key: key })),
  );
}

async function enqueue(sql: Sql, type: string, key: string): Promise<Enqueued> {
  return (await enqueueKeys(sql, type, [key]))[0]!;
}

clientsTest(
  'concurrent enqueues: the same idempotency key creates one job',
  async (clients, sql) => {
    const one = await clients.open();
    const two = await clients.open();
    await one`begin`;
    const first = await enqueue(one, clients.type, 'key');
    const { result } = await startBlocked(
      sql,
      two,
      async (two) => await enqueue(two, clients.type, 'key'),
    );
    await one`commit`;
    const second = await result;
    assert.deepEqual([first.created, second.created], [true, false]);
    assert.equal(second.job_id, first.job_id);
  },
);

clientsTest('concurrent enqueues: eight at once create one job', async (clients) => {
  const sqls = [...await open4(clients), ...await open4(clients)];
  const answers = await Promise.all(sqls.map((sql) => enqueue(sql, clients.type, 'key')));
  assert.equal(answers.filter((answer) => answer.created).length, 1);
  assert.equal(new Set(answers.map((answer) => answer.job_id)).size, 1);
});

clientsTest(
  'concurrent enqueues: keys of old in opposite orders do not deadlock',
  async (clients, sql) => {
    const [one, two] = await open4(clients);
    const keys = Array.from({ length: 500 }, (_, n) => `key ${n}`);
    for (let round = 0; round < 10; round++) {
      await enqueueKeys(sql, clients.type, keys);
      await sql`
        update puppet_jobs
        set status = 'completed', final_status = 'completed', completed_at = now() - interval '8 days'
        where job_type = ${clients.type} and idempotency_key is not null`;
      const answers = await Promise.all([
        enqueueKeys(one!, clients.type, keys),
        enqueueKeys(two!, clients.type, keys.toReversed()),
      ]);
      assert.equal(answers.flat().filter(({ created }) => created).length, 500);
    }
  },
);
