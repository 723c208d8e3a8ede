import * as fc from 'fast-check';
import type postgres from 'postgres';
import { dueAt, isWaiting } from '../claim_rules.ts';
import { DAY, latest, type Moment, SECOND } from '../moments.ts';
import type { HistoryLine, Job } from '../rows.ts';
import { perform, settleStep } from '../step.ts';
import { pickJob, type World } from '../world.ts';
import { command, type ModelCommand, withJobs } from './command.ts';

function moved<Value extends Moment>(moment: Value, by: number): Value | number {
  return typeof moment === 'number' ? moment - by : moment;
}

function agedRow(row: Job, by: number): Job {
  return {
    ...row,
    scheduled_at: moved(row.scheduled_at, by),
    next_retry_at: moved(row.next_retry_at, by),
    retry_window_started_at: moved(row.retry_window_started_at, by),
    last_attempt_at: moved(row.last_attempt_at, by),
    executing_at: moved(row.executing_at, by),
    execution_timeout_at: moved(row.execution_timeout_at, by),
    cancel_requested_at: moved(row.cancel_requested_at, by),
    deadline_at: moved(row.deadline_at, by),
    completed_at: moved(row.completed_at, by),
  };
}

function agedLine(line: HistoryLine, by: number): HistoryLine {
  return {
    ...line,
    attempted_at: moved(line.attempted_at, by),
    next_retry_at: moved(line.next_retry_at, by),
  };
}

/** Moves every time of every row into the past, which is all that the passing of time does. */
function sendAge(sql: postgres.TransactionSql, by: number) {
  return sql`
    with age (by) as (select ${by}::float8 * interval '1 microsecond'), jobs as (
      update puppet_jobs
      set scheduled_at = scheduled_at - a.by,
        next_retry_at = next_retry_at - a.by,
        retry_window_started_at = retry_window_started_at - a.by,
        last_attempt_at = last_attempt_at - a.by,
        executing_at = executing_at - a.by,
        execution_timeout_at = execution_timeout_at - a.by,
        cancel_requested_at = cancel_requested_at - a.by,
        deadline_at = deadline_at - a.by,
        completed_at = completed_at - a.by,
        created_at = created_at - a.by,
        updated_at = updated_at - a.by
      from age a
    )
    update puppet_job_retry_history
    set attempted_at = attempted_at - a.by,
      next_retry_at = next_retry_at - a.by,
      created_at = created_at - a.by
    from age a
  `;
}

function ageing(name: string, given: object, howLong: (world: World, now: number) => number) {
  return command(name, given, withJobs, async (world, real) => {
    const [clock] = await real.sql<{ now: number }[]>`select clock_timestamp() as now`;
    const by = Math.round(howLong(world, clock?.now ?? 0));
    const seen = await perform(real, (sql) => sendAge(sql, by));
    settleStep(world, seen, (jobs) => {
      for (const [id, known] of jobs) {
        const history = known.history.map((line) => agedLine(line, by));
        jobs.set(id, { ...known, row: agedRow(known.row, by), history });
      }
      return [];
    });
  });
}

function pass(seconds: number): ModelCommand {
  return ageing('time_passes', { seconds }, () => seconds * SECOND);
}

/** Until the job is due, or its lease has run out: one second more. */
function waitFor(nth: number): ModelCommand {
  return ageing('wait_for', { nth }, (world, now) => {
    const row = pickJob(world, nth)?.row;
    if (!row) return 0;
    const end = row.execution_timeout_at === null ? null : latest(row.execution_timeout_at);
    const until = end ?? (isWaiting(row) ? dueAt(row) : now);
    return Math.max(0, until - now) + SECOND;
  });
}

export const timePasses: fc.Arbitrary<ModelCommand>[] = [
  fc.constantFrom(1, 31, 45, 620, 3700, 100_000, 8 * DAY / SECOND).map(pass),
  fc.nat(7).map(waitFor),
];
