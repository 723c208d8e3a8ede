import assert from 'node:assert/strict';
import { faultyGateway } from '../../supabase/local/faulty_gateway.ts';
import { PendingFaults } from '../../supabase/local/network_faults.ts';

/** Calls once through a gateway with these faults; tells the status, how often it was sent on, and after how long. */
async function call(spoil: (faults: PendingFaults) => void, path = '/rest/v1/rpc/anything') {
  const faults = new PendingFaults();
  spoil(faults);
  const bodies: string[] = [];
  const start = performance.now();
  const hook = faultyGateway(faults);
  const response = await hook(
    new Request(`http://gateway${path}`, { method: 'POST', body: 'work' }),
    async (request) => {
      bodies.push(await request.text());
      return Response.json({ call: bodies.length });
    },
  );
  await response.body?.cancel();
  return { status: response.status, bodies, ms: performance.now() - start };
}

Deno.test('a gateway passes calls on, unless they are to be lost, repeated or late', async () => {
  assert.partialDeepStrictEqual(await call(() => {}), { status: 200, bodies: ['work'] });
  assert.partialDeepStrictEqual(
    await call((faults) => faults.lose(1)),
    { status: 502, bodies: [] },
  );
  assert.partialDeepStrictEqual(
    await call((faults) => faults.loseReplies(1)),
    { status: 502, bodies: ['work'] },
  );
  assert.partialDeepStrictEqual(
    await call((faults) => faults.repeat(1)),
    { status: 200, bodies: ['work', 'work'] },
  );
  assert.ok((await call((faults) => faults.delay(50, 1))).ms >= 45);
});

Deno.test('faults of a gateway are for the Data API alone, and can be forgotten', async () => {
  const spoil = (faults: PendingFaults) => faults.lose(1);
  assert.equal((await call(spoil, '/functions/v1/processor')).status, 200);
  assert.equal((await call((faults) => (faults.lose(1), faults.clear()))).status, 200);
});
