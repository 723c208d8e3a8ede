import assert from 'node:assert/strict';
import { connectTo } from '../database/database.ts';
import { done, eventually, startSystem, type System } from './system.ts';

const hang = () => new Promise<Response>(() => {});

Deno.test('a processor that is killed or stopped, and a database that goes away', async (t) => {
  await using system = await startSystem({ max_crashes: 2, timeout_seconds: 30 });

  await t.step(
    'a processor that is told to stop hands its jobs back, and the next one runs them',
    async () => {
      system.answer(hang);
      await system.enqueue({}, {});
      await eventually('the jobs are delivered', () => system.deliveries.length === 2);
      system.platform.functions.processor?.kill('SIGTERM');
      await eventually(
        'the jobs are handed back',
        async () =>
          (await system.jobs()).every((job) => job.status === 'pending' && job.release_count === 1),
      );
      system.answer(() => Response.json({}));
      await endOpenCalls(system);
      await system.platform.functions.processor?.restart();
      await eventually(
        'the jobs complete',
        async () => (await system.jobs()).every((job) => job.status === 'completed'),
      );
      const history = done(await system.client.from('puppet_job_retry_history').select('id'));
      assert.deepEqual(history, []);
    },
  );

  await t.step('a database that goes away is a 503, and the next tick recovers', async () => {
    await system.clear();
    await system.platform.stopPostgres();
    const response = await fetch(`${system.platform.processorUrl}?wait=true`, {
      method: 'POST',
      headers: { apikey: system.platform.keys.secret },
    });
    assert.equal(response.status, 503);
    assert.equal((await response.json()).code, 'database_unavailable');
    await system.platform.startPostgres();
    await system.enqueue({});
    await eventually(
      'the job completes',
      async () => (await system.jobs())[0]?.status === 'completed',
    );
  });

  await t.step(
    'a database that goes away under a run doubles nothing and counts no crash',
    async () => {
      await system.clear();
      let finish = () => {};
      const finished = new Promise<void>((resolve) => finish = resolve);
      system.answer(async () => {
        await finished;
        return Response.json({});
      });
      await system.enqueue({}, {}, {});
      await eventually('the jobs are delivered', () => system.deliveries.length === 3);
      await system.platform.stopPostgres();
      finish();
      // Longer than the calls of one settle are tried.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      await system.platform.startPostgres();
      await eventually(
        'the jobs complete',
        async () => (await system.jobs()).every((job) => job.status === 'completed'),
      );
      assert.equal(system.deliveries.length, 3);
      for (const job of await system.jobs()) assert.equal(job.crash_count, 0);
    },
  );

  await t.step('a job whose processor is killed again and again ends as crashed', async () => {
    await system.clear();
    system.answer(hang);
    await system.enqueue({});
    for (let crash = 1; crash <= 2; crash++) {
      await eventually('the job is delivered', () => system.deliveries.length === crash);
      system.platform.functions.processor?.kill('SIGKILL');
      await passLease(system);
      await eventually(
        'the job is rescued',
        async () => (await system.jobs())[0]?.crash_count === crash,
      );
      await passWait(system);
      await system.platform.functions.processor?.restart();
    }
    const [job] = await system.jobs();
    assert.deepEqual(
      [job?.status, job?.stop_reason, job?.execution_attempts, job?.retry_count],
      ['permanently_failed', 'crash_limit_reached', 2, 0],
    );
    const history = done(
      await system.client.from('puppet_job_retry_history').select().order('attempt_number'),
    );
    assert.deepEqual(history.map((row) => [row.error_type, row.decision]), [
      ['lease_expired', 'retry_scheduled'],
      ['lease_expired', 'crash_limit_reached'],
    ]);
  });
});

/** The time of the lease passes. */
async function passLease(system: System): Promise<void> {
  await asSuperuser(
    system,
    `
    update public.puppet_jobs set execution_timeout_at = now() - interval '1 second'
    where status = 'running'
  `,
  );
}

/** The time of the wait passes, and the killed call counts as ended. */
async function passWait(system: System): Promise<void> {
  await asSuperuser(
    system,
    `
    update public.puppet_jobs set next_retry_at = now() where next_retry_at is not null
  `,
  );
  await endOpenCalls(system);
}

async function endOpenCalls(system: System): Promise<void> {
  await asSuperuser(
    system,
    `
    update public.puppet_tick_receipts
    set created_at = created_at - interval '1 hour', started_at = started_at - interval '1 hour'
  `,
  );
}

async function asSuperuser(system: System, statement: string): Promise<void> {
  const sql = connectTo(system.platform.dbUrl);
  await sql.unsafe(statement);
  await sql.end();
}
