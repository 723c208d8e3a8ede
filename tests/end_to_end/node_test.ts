import assert from 'node:assert/strict';
import { filesOf, makeNodeProject, NODE_VERSION, nodeBinary, runIn } from '../node_project.ts';
import { openWorkspace } from '../shared/workspace.ts';

const BACKEND = 'tests/end_to_end/node/backend.ts';

Deno.test('Node 22: a backend reports, reads, executes and delivers with shared/ as it is', async () => {
  const deliveries: Headers[] = [];
  await using target = Deno.serve(
    { hostname: '127.0.0.1', port: 0, onListen() {} },
    async (request) => {
      deliveries.push(request.headers);
      await request.body?.cancel();
      return Response.json({ received: true });
    },
  );
  await using reported = await openWorkspace({ base_delay_seconds: 600 });
  await using handled = await openWorkspace({ max_retries: 11 });
  await using delivered = await openWorkspace({
    endpoint_url: `http://127.0.0.1:${target.addr.port}/`,
  });
  // Nothing listens on port 1: how Node says so must be read as a fault of the network.
  await using unreachable = await openWorkspace({ endpoint_url: 'http://127.0.0.1:1/' });
  const [failedJob = ''] = await reported.enqueue({});
  await handled.enqueue({ job_config: { name: 'Ada' } });
  const [deliveredJob] = await delivered.enqueue({});
  await unreachable.enqueue({});

  const folder = await makeNodeProject([BACKEND, ...await filesOf('shared', '.ts')]);
  try {
    const args = [BACKEND, failedJob, handled.jobType];
    const env = { PUPPET_ALLOWED_ENDPOINT_HOSTS: '127.0.0.1' };
    const output = await runIn(folder, await nodeBinary(), args, env);
    const { node, ...printed } = JSON.parse(output);
    assert.equal(node, NODE_VERSION);
    assert.deepEqual(printed, {
      scheduled: true,
      history: [{ executorId: 'node-backend', decision: 'retry_scheduled' }],
      maxRetries: 11,
      refused: 'invalid_input',
      totalJobs: 3,
      successfulJobs: 2,
      failedJobs: 1,
      errors: [],
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal((await reported.jobs())[0]?.last_error_type, 'network');
  assert.deepEqual((await handled.jobs())[0]?.result_data, { greeting: 'Hello, Ada' });
  assert.deepEqual((await delivered.jobs())[0]?.result_data, { received: true });
  assert.equal((await unreachable.jobs())[0]?.last_error_type, 'network');
  assert.deepEqual(deliveries.map((headers) => headers.get('webhook-id')), [deliveredJob]);
  assert.equal(deliveries[0]?.get('connection'), 'close');
});
