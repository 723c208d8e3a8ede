import * as fc from 'fast-check';
import { agrees } from '../compare.ts';
import { type ItemInput, itemInputs, itemsOf } from '../items.ts';
import { micros } from '../moments.ts';
import type { Job } from '../rows.ts';
import { type Answer, REPORTED, settleItem } from '../settle_rules.ts';
import { perform, type Seen, settleStep } from '../step.ts';
import { EXECUTORS, type Item, type Jobs, type Real, type World } from '../world.ts';
import {
  callOf,
  type Claimed,
  type ClaimInput,
  claimInput,
  judgeClaim,
  noteClaim,
} from './claim.ts';
import { command, type ModelCommand, withLeases } from './command.ts';

export interface Reported {
  job_id: string | null;
  accepted: boolean;
  replayed: boolean;
  status: string | null;
  decision: string | null;
  reason: string | null;
  next_retry_at: string | null;
}

/** An answer, and the job as the item leaves it. */
type Settled = Answer & { row: Job | undefined };

function answerProblems(answers: Settled[], reported: Reported[]): string[] {
  if (answers.length !== reported.length) {
    return [`${answers.length} items got ${reported.length} answers`];
  }
  return answers.flatMap((answer, at) => {
    const report = reported[at];
    if (!report) return [];
    const { row, accepted } = answer;
    const next = report.next_retry_at === null ? null : micros(report.next_retry_at);
    const wrong = [
      report.accepted !== accepted && 'accepted',
      report.replayed !== answer.replayed && 'replayed',
      (report.reason === null) !== accepted && 'reason',
      accepted && report.status !== row?.status && 'status',
      accepted && !agrees(row?.next_retry_at, next) && 'next_retry_at',
      answer.decision !== undefined && report.decision !== answer.decision && 'decision',
    ].filter((field) => field !== false);
    return wrong.map((field) =>
      `item ${at}: ${field} is wrong in ${JSON.stringify(report)}, not ${JSON.stringify(answer)}`
    );
  });
}

/** Fills in what chance decided, so that what follows in the same call can build on it. */
function fillChance(jobs: Jobs, rows: Map<string, Job>): void {
  for (const [id, known] of jobs) {
    const next_retry_at = rows.get(id)?.next_retry_at ?? null;
    if (next_retry_at === null || !agrees(known.row.next_retry_at, next_retry_at)) continue;
    jobs.set(id, { ...known, row: { ...known.row, next_retry_at } });
  }
}

/** Applies the items to the jobs, in order, and says what is wrong with the answers. */
export function judgeItems(
  world: World,
  jobs: Jobs,
  items: Item[],
  reported: Reported[],
  seen: Seen<unknown>,
  kinds = REPORTED,
): string[] {
  const answers = items.map((item) => {
    const answer = settleItem(world, jobs, item, kinds, seen.now, seen.rows);
    return { ...answer, row: jobs.get(answer.job_id ?? '')?.row };
  });
  fillChance(jobs, seen.rows);
  return answerProblems(answers, reported);
}

async function settleItems(
  world: World,
  real: Real,
  executor: string,
  items: Item[],
): Promise<void> {
  const sent = JSON.stringify(items);
  const seen = await perform(real, (sql) =>
    sql<{ settled: Reported[] }[]>`
      select settle_jobs(${executor}, ${sent}::text::jsonb) as settled
    `);
  const reported = seen.reply?.settled ?? [];
  settleStep(world, seen, (jobs) => judgeItems(world, jobs, items, reported, seen));
  world.settles.push({ executor, items });
}

function settle(executor: string, inputs: ItemInput[]): ModelCommand {
  return command('settle', { executor, inputs }, withLeases, async (world, real) => {
    await settleItems(world, real, executor, itemsOf(world, inputs));
  });
}

/** An executor that was given up for lost reports, of all things, success. */
function settleLate(nth: number): ModelCommand {
  const rescued = (world: World) =>
    world.leases.filter(({ job_id, lease_token }) => {
      const known = world.jobs.get(job_id);
      return known?.rescued === true && known.row.lease_token === lease_token;
    });
  const possible = (world: World) => rescued(world).length > 0;
  return command('settle_late', { nth }, possible, async (world, real) => {
    const late = rescued(world);
    const { executor = '', ...lease } = late[nth % late.length] ?? {};
    await settleItems(world, real, executor, [{ ...lease, outcome: 'completed' }]);
  });
}

function settleAgain(nth: number): ModelCommand {
  const possible = (world: World) => world.settles.length > 0;
  return command('settle_again', { nth }, possible, async (world, real) => {
    const earlier = world.settles[world.settles.length - 1 - nth % world.settles.length];
    if (earlier) await settleItems(world, real, earlier.executor, earlier.items);
  });
}

function settleAndClaim(inputs: ItemInput[], input: ClaimInput): ModelCommand {
  const given = { inputs, ...input };
  return command('settle_and_claim', given, withLeases, async (world, real) => {
    const items = itemsOf(world, inputs);
    const sent = JSON.stringify(items);
    const { executor, limit, types, includeNew, includeRetries, leaseSeconds, token } = input;
    const call = callOf(world, input);
    const seen = await perform(
      real,
      (sql) =>
        sql<{ both: { settled: Reported[]; claimed: Claimed[] } }[]>`
        select settle_and_claim_jobs(${executor}, ${sent}::text::jsonb, ${limit},
          ${types}::text[], ${includeNew}, ${includeRetries}, ${leaseSeconds}, ${token}) as both
      `,
    );
    const { settled, claimed } = seen.reply?.both ?? { settled: [], claimed: [] };
    settleStep(world, seen, (jobs, at) => [
      ...judgeItems(world, jobs, items, settled, seen),
      ...judgeClaim(world, jobs, call, claimed, seen, at),
    ]);
    world.settles.push({ executor, items });
    noteClaim(world, input, claimed);
  });
}

export const settles: fc.Arbitrary<ModelCommand>[] = [
  fc.tuple(fc.constantFrom(...EXECUTORS), itemInputs).map(([...given]) => settle(...given)),
  fc.nat(4).map(settleAgain),
  fc.nat(2).map(settleLate),
  fc.tuple(itemInputs, claimInput).map(([...given]) => settleAndClaim(...given)),
];
