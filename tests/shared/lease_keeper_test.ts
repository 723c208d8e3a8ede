import assert from 'node:assert/strict';
import type { ClaimedJob } from '../../shared/claimed_job.ts';
import { JobDatabase } from '../../shared/job_database.ts';
import { LeaseKeeper } from '../../shared/lease_keeper.ts';
import { createServiceClient } from '../../shared/service_client.ts';
import { claimedJob } from './sample_job.ts';
import { listeningLogger } from './workspace.ts';

/** A keeper whose database is away, with a heartbeat of 10 s. */
function keeperWithoutDatabase(): LeaseKeeper {
  const away: Record<string, string> = {
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_SECRET_KEY: 'sb_secret_nobody_listens',
  };
  const database = new JobDatabase(createServiceClient((name) => away[name]), 'executor');
  return new LeaseKeeper(database, new Set(), listeningLogger(), 10_000);
}

Deno.test('LeaseKeeper: jobs of a claim that took long begin only where their lease outlasts it', async () => {
  const keeper = keeperWithoutDatabase();
  const [short, long] = [5, 60].map((timeout_seconds) => claimedJob({ timeout_seconds }));
  const jobs: ClaimedJob[] = [short!, long!];
  assert.deepEqual(await keeper.stillHeld(jobs, 9_000), jobs);
  assert.deepEqual(await keeper.stillHeld(jobs, 30_000), [long]);
  assert.deepEqual(await keeper.stillHeld(jobs, 90_000), []);
});
