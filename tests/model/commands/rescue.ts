import * as fc from 'fast-check';
import { dueAt, endOf, isWaiting } from '../claim_rules.ts';
import { latest } from '../moments.ts';
import { endedRow } from '../attempts.ts';
import { settleHeld } from '../outcome_rules.ts';
import { perform, type Seen, settleStep } from '../step.ts';
import { EXECUTORS, handledTypes, type Jobs, policyOf, type World } from '../world.ts';
import { always, command, type ModelCommand, withLeases } from './command.ts';

/** Applies a rescue: of the expired jobs so many as the limit allows, whichever. */
function judgeRescue(
  world: World,
  jobs: Jobs,
  rescued: number,
  limit: number,
  seen: Seen<unknown>,
  at: number,
): string[] {
  const expired = [...jobs.values()].filter(({ row }) =>
    row.status === 'running' && row.execution_timeout_at !== null &&
    latest(row.execution_timeout_at) <= at
  );
  const taken = expired.filter(({ row }) => seen.rows.get(row.id)?.status !== 'running');
  for (const known of taken) {
    const after = seen.rows.get(known.row.id) ?? known.row;
    const policy = policyOf(world, known.row.job_type);
    // It names the end of the lease, which the model knows only within bounds.
    const written = seen.history.find((line) =>
      line.job_id === known.row.id && line.attempt_number === known.row.execution_attempts
    );
    const outcome = { kind: 'expired', error_message: written?.error_message ?? undefined };
    jobs.set(
      known.row.id,
      settleHeld(known, outcome, { policy, now: seen.now, seen: after }).known,
    );
  }
  const expected = Math.min(limit, expired.length);
  return taken.length === expected && rescued === expected
    ? []
    : [`the rescue says ${rescued} and took ${taken.length}, not ${expected}`];
}

function rescue(limit: number): ModelCommand {
  return command('rescue', { limit }, always, async (world, real) => {
    const seen = await perform(real, (sql) =>
      sql<{ rescued: number }[]>`
        select rescue_expired_jobs(${limit}) as rescued
      `);
    settleStep(
      world,
      seen,
      (jobs, at) => judgeRescue(world, jobs, seen.reply?.rescued ?? -1, limit, seen, at),
    );
  });
}

interface Tick {
  rescued: number;
  ended: number;
  due: number;
  calls: number;
  error: string | null;
}

function endOverdue(jobs: Jobs, now: Seen<unknown>['now'], at: number): number {
  let ended = 0;
  for (const [id, known] of jobs) {
    if (!isWaiting(known.row) || endOf(known.row, at) !== 'deadline_passed') continue;
    const row = endedRow(known.row, 'permanently_failed', 'deadline_passed', now);
    jobs.set(id, { ...known, row });
    ended++;
  }
  return ended;
}

function tick(): ModelCommand {
  return command('tick', {}, always, async (world, real) => {
    const seen = await perform(real, (sql) =>
      sql<{ tick: Tick }[]>`
        select tick_retry_processor() as tick
      `);
    const answer = seen.reply?.tick;
    settleStep(world, seen, (jobs, at) => {
      const problems = judgeRescue(world, jobs, answer?.rescued ?? -1, 1000, seen, at);
      const ended = endOverdue(jobs, seen.now, at);
      const types = handledTypes(world);
      const due = [...jobs.values()].filter(({ row }) =>
        isWaiting(row) && dueAt(row) <= at && types.includes(row.job_type)
      ).length;
      const calls = due > 0 && !world.called ? 1 : 0;
      const right = answer?.ended === ended && answer.due === due && answer.calls === calls &&
        answer.error === null;
      const expected = JSON.stringify({ ended, due, calls });
      return right ? problems : [...problems, `tick: ${JSON.stringify(answer)}, not ${expected}`];
    });
    if (answer && answer.calls > 0) world.called = true;
  });
}

function vanish(executor: string): ModelCommand {
  return command('vanish', { executor }, withLeases, (world) => {
    world.vanished.add(executor);
    return Promise.resolve();
  });
}

export const rescues: fc.Arbitrary<ModelCommand>[] = [
  fc.constantFrom(1, 100).map(rescue),
  fc.constant(null).map(tick),
  fc.constantFrom(...EXECUTORS).map(vanish),
];
