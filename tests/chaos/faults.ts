import type { ServiceClient } from '../../shared/service_client.ts';
import type { DatabaseClient } from '../../supabase/local/database_client.ts';
import type { PendingFaults } from '../../supabase/local/network_faults.ts';
import type { Platform } from '../../supabase/local/platform.ts';
import { pause } from '../../supabase/local/polling.ts';
import type { Fault, FaultKind } from './fault_plan.ts';
import type { Fleet } from './fleet.ts';
import type { Trap } from './gateway.ts';

/** What faults strike. */
export interface World {
  platform: Platform;
  fleet: Fleet;
  /** Of the calls to the Data API. */
  calls: PendingFaults;
  traps: Set<Trap>;
  client: ServiceClient;
  sql: DatabaseClient;
}

/** A trap that caught nobody by then is sprung anyway, in ms. */
const TRAP_PATIENCE_MS = 3000;

type Strike = (world: World, fault: Fault) => Promise<unknown> | void;

const STRIKES: Record<FaultKind, Strike> = {
  kill_executor: (world, fault) => endExecutor(world, fault, 'SIGKILL'),
  kill_executor_before_settle: (world, fault) => trapExecutor(world, fault, 'before'),
  kill_executor_after_settle: (world, fault) => trapExecutor(world, fault, 'after'),
  stop_executor: (world, fault) => endExecutor(world, fault, 'SIGTERM'),
  freeze_executor: ({ fleet }, { executor, ms }) => fleet.freeze(executor, ms),
  kill_processor: killProcessor,
  kill_processor_before_settle: (world, fault) => trapProcessor(world, fault, 'before'),
  kill_processor_after_settle: (world, fault) => trapProcessor(world, fault, 'after'),
  async crash_postgres({ platform }, { ms }) {
    await platform.stopPostgres('immediate');
    await sleep(ms);
    await platform.startPostgres();
  },
  crash_postgrest: ({ platform }) => platform.crashPostgrest(),
  cut_connections: async ({ sql }) =>
    await sql`
      select pg_terminate_backend(a.pid) from pg_stat_activity a where a.usename = 'authenticator'
    `,
  lose_calls: ({ calls }, { count }) => calls.lose(count),
  lose_replies: ({ calls }, { count }) => calls.loseReplies(count),
  repeat_calls: ({ calls }, { count }) => calls.repeat(count),
  delay_calls: ({ calls }, { ms, count }) => calls.delay(ms, count),
  stall_calls: ({ calls }, { ms, count }) => calls.delay(ms, count),
  lose_ticks: ({ platform }, { count }) => platform.network.lose(count),
  repeat_ticks: ({ platform }, { count }) => platform.network.repeat(count),
  delay_ticks: ({ platform }, { ms, count }) => platform.network.delay(ms, count),
  overlap_ticks: ({ client }, { count }) =>
    Promise.all(Array.from({ length: count }, () => client.rpc('tick_retry_processor'))),
};

/**
 * Lets the faults happen, each at its time, or as soon as what it strikes has come back from the
 * one before; resolves when all are over, with how many happened.
 */
export async function carryOut(
  plan: Fault[],
  world: World,
  signal: AbortSignal,
): Promise<Partial<Record<FaultKind, number>>> {
  const start = performance.now();
  const happened: Partial<Record<FaultKind, number>> = {};
  const lanes = new Map<string, Promise<void>>();
  for (const fault of plan) {
    await pause(Math.max(0, start + fault.at - performance.now()), signal);
    if (signal.aborted) break;
    const lane = laneOf(fault);
    const before = lanes.get(lane) ?? Promise.resolve();
    lanes.set(lane, before.then(() => strike(fault)));
  }
  await Promise.all(lanes.values());
  return happened;

  async function strike(fault: Fault): Promise<void> {
    try {
      await STRIKES[fault.kind](world, fault);
      happened[fault.kind] = (happened[fault.kind] ?? 0) + 1;
    } catch (error) {
      // Such as a cut of connections while there is no Postgres.
      console.error(`the fault ${fault.kind} did not happen: ${error}`);
    }
  }
}

/** What is struck by one fault at a time. */
function laneOf({ kind, executor }: Fault): string {
  if (kind.includes('executor')) return `executor ${executor}`;
  if (kind.includes('processor')) return 'processor';
  if (kind.includes('postgres') || kind === 'cut_connections') return 'database';
  return kind;
}

async function endExecutor(
  { fleet }: World,
  { executor, ms }: Fault,
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<void> {
  await fleet.end(executor, signal);
  await sleep(ms);
  fleet.start(executor);
}

async function trapExecutor(
  { fleet, traps }: World,
  { executor, ms }: Fault,
  moment: Trap['moment'],
): Promise<void> {
  const name = fleet.nameAt(executor);
  await trap(traps, moment, (id) => id === name, () => fleet.end(executor, 'SIGKILL'));
  await sleep(ms);
  fleet.start(executor);
}

async function killProcessor({ platform }: World, { ms }: Fault): Promise<void> {
  const { processor } = platform.functions;
  await processor?.kill('SIGKILL');
  await sleep(ms);
  await processor?.restart();
}

async function trapProcessor(
  { platform, traps }: World,
  { ms }: Fault,
  moment: Trap['moment'],
): Promise<void> {
  const { processor } = platform.functions;
  const isProcessor = (id: string) => !id.startsWith('executor-');
  await trap(traps, moment, isProcessor, async () => await processor?.kill('SIGKILL'));
  await sleep(ms);
  await processor?.restart();
}

async function trap(
  traps: Set<Trap>,
  moment: Trap['moment'],
  catches: Trap['catches'],
  kill: () => Promise<void>,
): Promise<void> {
  const sprung = Promise.withResolvers<void>();
  const set: Trap = { moment, catches, spring: () => kill().then(sprung.resolve, sprung.reject) };
  traps.add(set);
  const timer = setTimeout(() => traps.delete(set) && set.spring(), TRAP_PATIENCE_MS);
  await sprung.promise;
  clearTimeout(timer);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
