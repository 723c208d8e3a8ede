import type { Facts } from '../facts.ts';
import type { LedgerEvent } from '../ledger.ts';
import * as attempts from './attempt_rules.ts';
import * as history from './history_rules.ts';
import { type JobRecord, recordsOf } from './job_record.ts';
import * as jobs from './job_rules.ts';
import * as leases from './lease_rules.ts';
import * as outcomes from './outcome_rules.ts';
import type { Rule } from './rule.ts';
import { type Cause, secondExecutions, secondUnexcused } from './second_executions.ts';

const RULES = {
  job_lost: jobs.lost,
  job_doubled: jobs.doubled,
  job_never_ended: jobs.unended,
  attempt_number_reused: attempts.numberReused,
  attempt_number_falls: attempts.numberFalls,
  attempt_executed_unclaimed: attempts.executedUnclaimed,
  attempt_executed_twice: attempts.executedTwice,
  attempt_claimed_after_end: attempts.claimedAfterEnd,
  attempt_vanished: attempts.attemptVanished,
  outcome_accepted_not_recorded: outcomes.acceptedNotRecorded,
  outcome_accepted_twice: outcomes.acceptedTwice,
  outcome_recorded_twice: outcomes.recordedTwice,
  outcome_recorded_unreported: outcomes.recordedUnreported,
  outcome_heard_unsaid: outcomes.heardUnsaid,
  retry_count_wrong: history.retryCountWrong,
  crash_count_wrong: history.crashCountWrong,
  snooze_count_wrong: history.snoozeCountWrong,
  history_story_broken: history.storyBroken,
  two_live_leases: leases.twoLiveLeases,
  live_lease_rescued: leases.rescuedAlive,
  second_execution_unexcused: secondUnexcused,
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** A rule that a job breaks. */
export interface Violation {
  rule: string;
  jobId: string;
  detail: string;
}

/** What the judge finds. */
export interface Verdict {
  violations: Violation[];
  secondExecutions: Record<Cause, number>;
}

/** Compares what was seen from outside with what the database says; changes and reads nothing else. */
export function judge(events: LedgerEvent[], facts: Facts): Verdict {
  const records = [...recordsOf(events, facts).values()];
  const causes: Record<Cause, number> = {
    lease_lost: 0,
    timed_out: 0,
    handed_back: 0,
    late_start: 0,
  };
  for (const { cause } of records.flatMap(secondExecutions)) if (cause) causes[cause]++;
  return { violations: records.flatMap(violationsOf), secondExecutions: causes };
}

function violationsOf(job: JobRecord): Violation[] {
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(job).map((detail) => ({ rule, jobId: job.jobId, detail }))
  );
}
