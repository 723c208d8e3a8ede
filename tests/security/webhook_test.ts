import assert from 'node:assert/strict';
import { Webhook } from 'standardwebhooks';
import { deliverJob } from '../../shared/endpoint_delivery.ts';
import { claimedJob } from '../shared/sample_job.ts';

const CURRENT = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const FORMER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const OTHER = 'whsec_b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXI=';

interface Delivery {
  body: string;
  headers: Record<string, string>;
}

/** What an endpoint gets when a job is delivered with these secrets. */
async function delivered(secrets: string[]): Promise<Delivery> {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
  await using server = Deno.serve(
    { port: 0, hostname: '127.0.0.1', onListen() {} },
    async (request) => {
      const headers = Object.fromEntries(request.headers);
      resolve({ body: await request.text(), headers });
      return new Response(null, { status: 204 });
    },
  );
  const endpoint_url = `http://127.0.0.1:${server.addr.port}/`;
  await deliverJob(claimedJob({ endpoint_url }), {
    secrets,
    signal: new AbortController().signal,
    allowedHosts: ['127.0.0.1'],
  });
  return await promise;
}

function verify({ body, headers }: Delivery, secret = CURRENT): unknown {
  return new Webhook(secret).verify(body, headers);
}

/** The delivery with other headers. */
function changed({ body, headers }: Delivery, more: Record<string, string>): Delivery {
  return { body, headers: { ...headers, ...more } };
}

/** The delivery as it would have been signed so many seconds ago. */
function signedAgo(delivery: Delivery, seconds: number): Delivery {
  const then = new Date(Date.now() - seconds * 1000);
  const id = delivery.headers['webhook-id'] ?? '';
  return changed(delivery, {
    'webhook-timestamp': String(Math.floor(then.getTime() / 1000)),
    'webhook-signature': new Webhook(CURRENT).sign(id, then, delivery.body),
  });
}

Deno.test('webhook: a delivery verifies within the window of the library, and no longer', async () => {
  const delivery = await delivered([CURRENT]);
  const age = Date.now() / 1000 - Number(delivery.headers['webhook-timestamp']);
  assert.ok(age >= 0 && age < 30, `signed ${age} s ago`);
  assert.deepEqual(verify(delivery), JSON.parse(delivery.body));
  assert.ok(verify(signedAgo(delivery, 240)));
  assert.throws(() => verify(signedAgo(delivery, 330)), /too old/);
  assert.throws(() => verify(signedAgo(delivery, -330)), /too new/);
});

Deno.test('webhook: a captured delivery cannot be made fresh, or be another job', async () => {
  const delivery = await delivered([CURRENT]);
  const old = signedAgo(delivery, 330);
  const fresh = { 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) };
  const attacks: Delivery[] = [
    changed(old, fresh),
    changed(delivery, { 'webhook-id': crypto.randomUUID() }),
    changed(delivery, { 'webhook-timestamp': `${Number(fresh['webhook-timestamp']) - 60}` }),
    changed(delivery, { 'webhook-timestamp': 'now' }),
    changed(delivery, { 'webhook-signature': '' }),
    changed(delivery, { 'webhook-signature': 'v1,' }),
    changed(delivery, {
      'webhook-signature': delivery.headers['webhook-signature']?.replace('v1,', 'v1a,') ?? '',
    }),
    { ...delivery, body: delivery.body.replace('"priority":', '"priority": ') },
    { ...delivery, body: `${delivery.body}\n` },
    { ...delivery, body: delivery.body.replace(/"user_id":"./, '"user_id":"f') },
  ];
  for (const attack of attacks) assert.throws(() => verify(attack), JSON.stringify(attack));
});

Deno.test('webhook: what an endpoint verifies names the job, its owner and the attempt', async () => {
  const { body, headers } = await delivered([CURRENT]);
  const told = JSON.parse(body);
  // The id is in what is signed; puppet-attempt is not, so the body has the attempt as well.
  assert.equal(told.job_id, headers['webhook-id']);
  assert.equal(String(told.attempt_number), headers['puppet-attempt']);
  assert.ok(told.user_id && told.job_type);
});

Deno.test('webhook: in a rotation both secrets verify, each by a signature of its own', async () => {
  const delivery = await delivered([CURRENT, FORMER]);
  const signatures = delivery.headers['webhook-signature']?.split(' ') ?? [];
  assert.equal(new Set(signatures).size, 2);
  const [ofCurrent = '', ofFormer = ''] = signatures;
  const only = (one: string) => changed(delivery, { 'webhook-signature': one });
  for (const secret of [CURRENT, FORMER]) assert.ok(verify(delivery, secret));
  assert.ok(verify(only(ofCurrent), CURRENT) && verify(only(ofFormer), FORMER));
  assert.throws(() => verify(only(ofFormer), CURRENT));
  assert.throws(() => verify(delivery, OTHER));
});

Deno.test('webhook: after a rotation the former secret verifies nothing', async () => {
  const delivery = await delivered([CURRENT]);
  assert.throws(() => verify(delivery, FORMER));
});
