import { assertEquals, assertThrows } from '../assert.ts';
import { claimedJobSchema } from '../../shared/claimed_job.ts';
import { claimedJob } from './sample_job.ts';

Deno.test('a job as Postgres writes it is read', () => {
  const job = claimedJob({
    lease_expires_at: '2026-11-24T12:00:00.123456+00:00',
    deadline_at: null,
  });
  assertEquals(claimedJobSchema.parse(job), job);
  const early = claimedJob({ job_id: '00000000-0000-0000-0000-000000000001' });
  assertEquals(claimedJobSchema.parse(early), early);
});

Deno.test('a key that a newer database adds is dropped', () => {
  assertEquals(claimedJobSchema.parse({ ...claimedJob(), later: 1 }), claimedJob());
});

Deno.test('a job that is not whole is refused', () => {
  const bad = [{ lease_token: null }, { attempt_number: 0 }, { deadline_at: 'soon' }, {
    job_config: [],
  }];
  for (const change of bad) {
    assertThrows(() => claimedJobSchema.parse({ ...claimedJob(), ...change }));
  }
});
