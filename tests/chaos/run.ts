import { createServiceClient } from '../../shared/service_client.ts';
import { type DatabaseClient, openDatabase } from '../../supabase/local/database_client.ts';
import { PendingFaults } from '../../supabase/local/network_faults.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import { pause, pollForever } from '../../supabase/local/polling.ts';
import { enqueueAll } from './enqueue.ts';
import { type Facts, readFacts } from './facts.ts';
import { planFaults, planSkews } from './fault_plan.ts';
import { carryOut } from './faults.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { chaosGateway, type Trap } from './gateway.ts';
import { planJobs } from './jobs.ts';
import type { LedgerEvent } from './ledger.ts';
import { ageCrashes, applyPolicies, countOpen } from './policies.ts';
import { startTarget } from './target.ts';

export interface RunOptions {
  seed: number;
  /** How long faults happen. */
  seconds: number;
  jobs: number;
  /** Where executors keep their ledgers and logs. */
  folder: string;
  say: (line: string) => void;
  /** An abort ends the run early. */
  signal: AbortSignal;
}

/** All that a judge needs, and what else is worth telling. */
export interface Judgeable {
  seed: number;
  seconds: number;
  events: LedgerEvent[];
  facts: Facts;
  faults: Record<string, number>;
  skewedClocks: number;
}

const EXECUTORS = 4;
/** Jobs come during this part of the time. */
const ENQUEUE_PART = 0.75;
const AGE_EVERY_MS = 500;
const LOOK_EVERY_MS = 250;
const TELL_EVERY_MS = 5000;
/** How long what is left may take once the faults are over, in ms, and for each second of faults. */
const DRAIN_LIMIT_MS = 60_000;
const DRAIN_LIMIT_MS_PER_SECOND = 700;

/** Runs jobs under faults on a platform that is up, lets them end in peace, and gathers what was seen. */
export async function runChaos(platform: Platform, options: RunOptions): Promise<Judgeable> {
  const { seed, seconds, folder, signal } = options;
  const events: LedgerEvent[] = [];
  const note = (event: LedgerEvent) => void events.push(event);
  const start = performance.now();
  await using stack = new AsyncDisposableStack();
  const sql = openDatabase(platform.dbUrl, 3, 'chaos');
  stack.defer(() => sql.end({ timeout: 1 }));
  const target = stack.use(await startTarget(note));
  await applyPolicies(sql, target.url);
  const calls = new PendingFaults();
  const traps = new Set<Trap>();
  platform.intercept(chaosGateway(calls, traps, note));
  const skews = planSkews(seed, EXECUTORS);
  const fleet = stack.use(await startFleet({ folder, env: platform.env, skews, note }));
  const ageing = pollForever({
    name: 'ageing',
    intervalMs: AGE_EVERY_MS,
    step: () => ageCrashes(sql),
    logger: () => {},
  });
  stack.defer(() => ageing.stop());
  const client = createServiceClient((name) => platform.env[name]);
  const world = { platform, fleet, calls, traps, client, sql };
  const jobs = planJobs(options.jobs, seed);
  const [faults] = await Promise.all([
    carryOut(planFaults(seed, seconds, EXECUTORS), world, signal),
    enqueueAll(client, jobs, seconds * ENQUEUE_PART, note, signal),
    pause(seconds * 1000, signal),
  ]);
  calls.clear();
  platform.network.clear();
  options.say('The faults are over; what is left runs in peace.');
  await drain(sql, DRAIN_LIMIT_MS + seconds * DRAIN_LIMIT_MS_PER_SECOND, options);
  await endFleet(fleet);
  return {
    seed,
    seconds: (performance.now() - start) / 1000,
    events: [...events, ...await fleet.readLedgers()],
    facts: await readFacts(sql),
    faults,
    skewedClocks: skews.filter((hours) => hours !== 0).length,
  };
}

async function drain(
  sql: DatabaseClient,
  limitMs: number,
  { signal, say }: RunOptions,
): Promise<void> {
  const start = performance.now();
  let toldAt = start;
  while (performance.now() - start < limitMs && !signal.aborted) {
    const open = await countOpen(sql);
    if (open === 0) return;
    if (performance.now() - toldAt > TELL_EVERY_MS) {
      toldAt = performance.now();
      say(`${open} jobs have not ended`);
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** In order, so that what they still have to say is heard. */
async function endFleet(fleet: Fleet): Promise<void> {
  await Promise.all(Array.from({ length: EXECUTORS }, (_, place) => fleet.end(place, 'SIGTERM')));
}
