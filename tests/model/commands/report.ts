import * as fc from 'fast-check';
import { claimedJob, dueAt, isWaiting } from '../claim_rules.ts';
import { settleHeld } from '../outcome_rules.ts';
import { perform, type Seen, settleStep } from '../step.ts';
import { EXECUTORS, type Jobs, type Known, pickJob, policyOf, type World } from '../world.ts';
import { command, type ModelCommand, withJobs } from './command.ts';

interface ReportInput {
  nth: number;
  executor: string;
  outcome: string;
  error_type: string | null;
  error_message: string | null;
  /** By schedule_job_retry, which reports failures only. */
  shortly: boolean;
}

interface Answer {
  accepted: boolean;
  decision: string | null;
  status?: string | null;
  reason?: string | null;
}

/** The same failure as the last one, before the retry that it was granted is due. */
function isRepeated(known: Known, input: ReportInput): boolean {
  const { row } = known;
  const type = input.error_type ?? 'unknown_error';
  return input.outcome === 'failed' && row.final_status === 'failed' &&
    row.last_error_type === type && row.last_execution_error === (input.error_message ?? type);
}

/** Applies a report without a lease and returns what must be answered. */
function judgeReport(
  world: World,
  jobs: Jobs,
  known: Known,
  input: ReportInput,
  seen: Seen<unknown>,
  at: number,
): Answer {
  const { row } = known;
  const isOwn = row.status === 'running' && row.executing_by === input.executor;
  const isDue = isWaiting(row) && dueAt(row) <= at;
  if (!isOwn && !isDue) {
    const accepted = isWaiting(row) && isRepeated(known, input);
    return { accepted, decision: accepted ? 'retry_scheduled' : null };
  }
  const after = seen.rows.get(row.id) ?? row;
  const held = isOwn ? known : openedJob(world, known, input, seen, after);
  const policy = policyOf(world, row.job_type);
  const move = settleHeld(held, {
    kind: input.outcome,
    error_type: input.error_type ?? undefined,
    error_message: input.error_message ?? undefined,
  }, { policy, now: seen.now, seen: after });
  jobs.set(row.id, move.known);
  return { accepted: true, decision: move.decision };
}

/** An unclaimed job that was run all the same: an attempt is counted. */
function openedJob(
  world: World,
  known: Known,
  input: ReportInput,
  seen: Seen<unknown>,
  after: Known['row'],
): Known {
  const call = {
    executor: input.executor,
    limit: 1,
    types: [],
    includeNew: true,
    includeRetries: true,
    leaseSeconds: null,
    token: null,
  };
  return claimedJob(known, call, world, seen.now, after);
}

function sendReport(input: ReportInput, id: string): Parameters<typeof perform<Answer>>[1] {
  const { outcome, executor, error_type, error_message } = input;
  if (input.shortly) {
    return (sql) =>
      sql<Answer[]>`
        select scheduled as accepted, case when scheduled then 'retry_scheduled' end as decision
        from schedule_job_retry(${id}, ${error_message}, ${error_type ?? 'unknown_error'},
          ${executor}) scheduled
      `;
  }
  return (sql) =>
    sql<Answer[]>`
      select * from report_job_outcome(${id}, ${outcome}, ${error_type}, ${error_message}, ${executor})
    `;
}

function report(input: ReportInput): ModelCommand {
  const name = input.shortly ? 'schedule_job_retry' : 'report_job_outcome';
  return command(name, input, withJobs, async (world, real) => {
    const known = pickJob(world, input.nth);
    if (!known) return;
    const seen = await perform(real, sendReport(input, known.row.id));
    settleStep(world, seen, (jobs, at) => {
      const answer = judgeReport(world, jobs, known, input, seen, at);
      const scheduled = answer.accepted && answer.decision === 'retry_scheduled';
      const reply = seen.reply;
      const right = input.shortly
        ? reply?.accepted === scheduled
        : reply?.accepted === answer.accepted &&
          (!answer.accepted || reply.decision === answer.decision) &&
          reply.status === jobs.get(known.row.id)?.row.status;
      return right ? [] : [`report: ${JSON.stringify(reply)}, not ${JSON.stringify(answer)}`];
    });
  });
}

const reportInput: fc.Arbitrary<ReportInput> = fc.record({
  nth: fc.nat(7),
  executor: fc.constantFrom(...EXECUTORS),
  outcome: fc.constantFrom('failed', 'failed', 'failed', 'completed', 'cancelled'),
  error_type: fc.option(fc.constantFrom('network', 'permission')),
  error_message: fc.option(fc.constantFrom('it broke', 'it broke again')),
  shortly: fc.boolean(),
}).map((input) => ({ ...input, outcome: input.shortly ? 'failed' : input.outcome }));

export const reports: fc.Arbitrary<ModelCommand>[] = [reportInput.map(report)];
