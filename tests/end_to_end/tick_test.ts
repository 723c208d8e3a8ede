import assert from 'node:assert/strict';
import { connectTo } from '../database/database.ts';
import { done, eventually, startSystem, type System } from './system.ts';

async function allCompleted(system: System): Promise<boolean> {
  return (await system.jobs()).every((job) => job.status === 'completed');
}

function assertOncePerAttempt({ deliveries }: System): void {
  const seen = deliveries.map(({ jobId, attempt }) => `${jobId} ${attempt}`);
  assert.equal(new Set(seen).size, seen.length);
}

Deno.test('ticks of a processor', async (t) => {
  await using system = await startSystem();

  await t.step(
    'nothing due, nothing called; a type that nobody runs is never ticked for',
    async () => {
      await system.enqueue({ job_type: 'nobody_runs_this' });
      await system.enqueue({ scheduled_at: new Date(Date.now() + 3_600_000).toISOString() });
      await new Promise((resolve) => setTimeout(resolve, 3000));
      assert.deepEqual(await system.receipts(), []);
    },
  );

  await t.step('tick to row: jobs fail, back off in the database and complete', async () => {
    await system.clear();
    system.answer(({ attempt }) =>
      attempt === 1 ? new Response(null, { status: 503 }) : Response.json({ done: attempt })
    );
    await system.enqueue({}, {}, {});
    await eventually('all jobs complete', () => allCompleted(system));
    for (const job of await system.jobs()) {
      assert.deepEqual(job.result_data, { done: 2 });
      assert.equal(job.retry_count, 1);
    }
    const history = done(
      await system.client.from('puppet_job_retry_history').select('decision, error_type'),
    );
    assert.deepEqual(
      history.map(({ decision, error_type }) => `${decision} ${error_type}`).sort(),
      [...Array(3).fill('retry_scheduled temporary_error'), ...Array(3).fill('succeeded null')],
    );
    await eventually(
      'each call has finished',
      async () => (await system.receipts()).every((receipt) => receipt.finished_at !== null),
    );
    assertOncePerAttempt(system);
  });

  await t.step('a repeated call runs once', async () => {
    await system.clear();
    system.platform.network.repeat(1);
    await system.enqueue({}, {}, {}, {});
    await eventually('the jobs complete', () => allCompleted(system));
    assert.equal(system.deliveries.length, 4);
    assertOncePerAttempt(system);
    assert.equal((await system.receipts()).filter((receipt) => receipt.started_at).length, 1);
  });

  await t.step('a lost call is made up for by a later tick', async () => {
    await system.clear();
    // Calls that nobody stamps count as lost after this time.
    await setCallStart(system, 2);
    system.platform.network.lose(1);
    await system.enqueue({});
    await eventually('the job completes', () => allCompleted(system));
    const [lost, answered] = await system.receipts();
    assert.equal(lost?.started_at, null);
    assert.ok(answered?.started_at);
    assert.equal(system.deliveries.length, 1);
  });

  await t.step('a late call finds its work done and does no harm', async () => {
    await system.clear();
    await setCallStart(system, 1);
    system.platform.network.delay(4000, 1);
    await system.enqueue({});
    await eventually('the job completes', () => allCompleted(system));
    await eventually('the late call has come', async () =>
      (await system.receipts()).length > 1 &&
      (await system.receipts()).every((receipt) => receipt.finished_at !== null));
    assert.equal(system.deliveries.length, 1);
  });
});

async function setCallStart(system: System, seconds: number): Promise<void> {
  const sql = connectTo(system.platform.dbUrl);
  await sql`update puppet_private.settings set call_start_seconds = ${seconds}`;
  await sql.end();
}

Deno.test('one tick is enough for a backlog that no single run may take on', async () => {
  await using system = await startSystem({}, { ticks: false });
  const sql = connectTo(system.platform.dbUrl);
  await sql`update puppet_private.settings set tick_max_calls = 1`;
  await sql.end();
  const jobs = 1_300;
  await system.enqueue(...Array.from({ length: jobs }, () => ({})));
  const { error } = await system.client.rpc('tick_retry_processor');
  assert.equal(error, null);
  await eventually('all jobs complete', async () => {
    const { count } = await system.client.from('puppet_jobs')
      .select('*', { count: 'exact', head: true }).neq('status', 'completed');
    return count === 0;
  });
  assert.equal(system.deliveries.length, jobs);
  assertOncePerAttempt(system);
});
