import assert from 'node:assert/strict';
import { connect } from './database.ts';

/** The types in another order each time, as executors with different handlers bring them. */
function shuffled(types: string[]): string[] {
  return types.map((type) => ({ type, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ type }) => type)
    .slice(0, 10 + Math.floor(Math.random() * types.length));
}

Deno.test('register_handled_types: executors that start together never deadlock', async () => {
  const prefix = `handled_${crypto.randomUUID()}_`;
  const types = Array.from({ length: 40 }, (_, n) => `${prefix}${n}`);
  const clients = [connect(), connect(), connect()];
  try {
    const runs = clients.map(async (sql) => {
      for (let round = 0; round < 60; round++) {
        await sql`select register_handled_types(${shuffled(types)})`;
      }
    });
    const failures = (await Promise.allSettled(runs)).filter(({ status }) => status === 'rejected');
    assert.deepEqual(failures, []);
  } finally {
    await clients[0]!`delete from puppet_handled_types where starts_with(job_type, ${prefix})`;
    for (const client of clients) await client.end();
  }
});
