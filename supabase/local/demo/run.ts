import { createServiceClient } from '../../../shared/service_client.ts';
import { type DatabaseClient, openDatabase } from '../database_client.ts';
import type { Platform } from '../platform.ts';
import { pause } from '../polling.ts';
import { enqueue } from './enqueue.ts';
import { planJobs } from './jobs.ts';
import { applyPolicies, SIGNED_TYPES } from './policies.ts';
import { readProgress, totalOf, unfinished } from './progress.ts';
import { summaryOf } from './summary.ts';
import { openDisplay } from './table.ts';
import { duplicatesOf, notFinal, readFacts, type Tally, tallyOf } from './tally.ts';
import { startTarget, type Target } from './target.ts';

export interface DemoOptions {
  jobs: number;
  seed: number;
  /** An abort makes the run end early and in silence. */
  signal: AbortSignal;
}

const LOOK_EVERY_MS = 250;
const LATE_DOOR_MS = 4_000;
/** After the start of the command. */
const GIVE_UP_MS = 180_000;

/** Runs the jobs on a platform that is up, telling how they stand, and counts; null when it was aborted. */
export async function runDemo(platform: Platform, options: DemoOptions): Promise<Tally | null> {
  const secret = newSecret();
  const target = await startTarget({ secret, signedTypes: SIGNED_TYPES });
  const sql = openDatabase(platform.projectDbUrl, 2, 'demo');
  try {
    await applyPolicies(sql, target.endpointOf, secret);
    const client = createServiceClient((name) => platform.env[name]);
    const ids = await enqueue(client, planJobs(options.jobs, options.seed));
    await watch(sql, target, options.signal);
    return options.signal.aborted ? null : await conclude(sql, target, ids);
  } finally {
    await sql.end({ timeout: 1 });
    target.stop();
  }
}

async function watch(sql: DatabaseClient, target: Target, signal: AbortSignal): Promise<void> {
  const openDoor = async () => {
    await pause(LATE_DOOR_MS, signal);
    if (!signal.aborted) await target.openLateDoor();
  };
  await Promise.all([openDoor(), untilAllAreFinal(sql, signal)]);
}

async function untilAllAreFinal(sql: DatabaseClient, signal: AbortSignal): Promise<void> {
  const display = openDisplay();
  const start = performance.now();
  while (!signal.aborted) {
    const types = await readProgress(sql);
    const seconds = (performance.now() - start) / 1000;
    const done = unfinished(totalOf(types)) === 0 || performance.now() > GIVE_UP_MS;
    if (done) return display.finish(types, seconds);
    display.show(types, seconds);
    await pause(LOOK_EVERY_MS, signal);
  }
}

async function conclude(sql: DatabaseClient, target: Target, ids: string[]): Promise<Tally> {
  const facts = await readFacts(sql, ids, target.deliveries);
  complain('Not final', notFinal(facts));
  complain('Duplicated', duplicatesOf(facts));
  const tally = tallyOf(facts, performance.now() / 1000);
  console.log(`\n${await summaryOf(sql, tally, target)}\n`);
  return tally;
}

function complain(title: string, faults: string[]): void {
  if (faults.length > 0) console.error(`\n${title}: ${faults.length}\n  ${faults.join('\n  ')}`);
}

/** A Standard Webhooks secret of 24 random bytes. */
function newSecret(): string {
  return `whsec_${crypto.getRandomValues(new Uint8Array(24)).toBase64()}`;
}
