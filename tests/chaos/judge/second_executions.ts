import type { HistoryFacts } from '../facts.ts';
import { type Execution, type JobRecord, leaseOf } from './job_record.ts';
import { isCrash } from './history_rules.ts';
import { CLOCK_MS, type Rule } from './rule.ts';

/**
 * Why a job was worked on while other work on it went on, or after work had succeeded. lease_lost:
 * the first executor had died or was too late; timed_out, handed_back: it had given the work up;
 * late_start: the second one began when its own lease was long lost.
 */
export type Cause = 'lease_lost' | 'timed_out' | 'handed_back' | 'late_start';

/** Work that began over other work, or after it; no cause where none excuses it. */
export interface SecondExecution {
  first: Execution;
  second: Execution;
  cause: Cause | undefined;
}

/** The executions of a job that were not alone, or not needed. */
export function secondExecutions(job: JobRecord): SecondExecution[] {
  return job.executions.flatMap((second, place) => {
    const firsts = job.executions.slice(0, place).filter((first) =>
      first.attempt !== second.attempt && (first.succeeded || first.endedAt > second.startedAt)
    );
    const found = firsts.map((first) => ({ first, second, cause: causeOf(job, first, second) }));
    // Executions are counted, not pairs: one pair, if possible one that nothing excuses.
    const told = found.find(({ cause }) => !cause) ?? found[0];
    return told ? [told] : [];
  });
}

function causeOf(job: JobRecord, first: Execution, second: Execution): Cause | undefined {
  const row = rowOf(job, first);
  if (row && isCrash(row)) return 'lease_lost';
  if (row?.errorType === 'timeout') return 'timed_out';
  const own = rowOf(job, second);
  if (own && isCrash(own) && own.createdAt < second.startedAt + CLOCK_MS) return 'late_start';
  const lease = leaseOf(job, first.attempt);
  const wasReleased = job.reports.some((report) =>
    report.leaseToken === lease && report.outcome === 'released'
  );
  return wasReleased && !row ? 'handed_back' : undefined;
}

function rowOf({ history }: JobRecord, { attempt }: Execution): HistoryFacts | undefined {
  return history.find((row) => row.attempt === attempt);
}

/** A second execution has a cause. */
export const secondUnexcused: Rule = (job) =>
  secondExecutions(job).filter(({ cause }) => !cause).map(({ first, second }) =>
    `attempt ${second.attempt} ran by ${second.by} though attempt ${first.attempt} by ${first.by} ` +
    (first.succeeded ? 'had succeeded' : 'was running')
  );
