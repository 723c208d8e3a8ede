import type { EventOf } from '../ledger.ts';
import { attemptOf, type JobRecord, leaseOf } from './job_record.ts';
import { repeated, type Rule } from './rule.ts';

/** Errors of rows that no executor reports. */
const ENGINE_ERRORS = ['lease_expired', 'cancelled'];

/** An outcome that was accepted stands in the job or in its history. */
export const acceptedNotRecorded: Rule = (job) =>
  accepted(job).flatMap((answer) => {
    const attempt = attemptOf(job, answer.leaseToken);
    const what = `the accepted ${answer.outcome} of attempt ${attempt}`;
    if (attempt === undefined) return [`${what}: nobody was given that lease`];
    return isRecorded(job, answer, attempt) ? [] : [`${what} is not recorded`];
  });

function isRecorded(job: JobRecord, answer: EventOf<'answered'>, attempt: number): boolean {
  const { row, history } = job;
  const own = history.find((each) => each.attempt === attempt);
  switch (answer.outcome) {
    case 'completed':
      return row?.status === 'completed' && row.resultAttempt === attempt &&
        (own ? own.success || own.decision === 'succeeded_late' : history.length === 0);
    case 'failed':
      return own?.success === false && own.errorType === errorOf(job, answer) &&
        (answer.replayed || own.decision === answer.decision);
    case 'snoozed':
      return own === undefined && (row?.snoozeCount ?? 0) > 0;
    default:
      // A release leaves no row, or that of a crash.
      return own === undefined || own.errorType === 'lease_expired';
  }
}

function errorOf({ reports }: JobRecord, { leaseToken }: EventOf<'answered'>): string | null {
  return reports.find((report) => report.leaseToken === leaseToken)?.errorType ?? null;
}

/** An outcome counts once: what comes again is a replay, and one attempt completes a job. */
export const acceptedTwice: Rule = (job) => {
  const first = accepted(job).filter(({ replayed }) => !replayed);
  const completing = new Set(
    accepted(job).filter(({ outcome }) => outcome === 'completed')
      .map(({ leaseToken }) => leaseToken),
  );
  return [
    ...repeated(first.map(({ leaseToken }) => leaseToken))
      .map((lease) => `attempt ${attemptOf(job, lease)} was accepted twice`),
    ...completing.size > 1 ? [`${completing.size} attempts completed it`] : [],
  ];
};

/** The history has one row per attempt. */
export const recordedTwice: Rule = ({ history }) =>
  repeated(history.map(({ attempt }) => attempt)).map((n) => `attempt ${n} has two rows`);

/** What is recorded was reported, under a lease of that attempt, and not refused. */
export const recordedUnreported: Rule = (job) => {
  const { row, history } = job;
  const completed = row?.status === 'completed' ? [row.resultAttempt ?? 0] : [];
  return [
    ...completed.filter((attempt) => !mayCount(job, attempt, 'completed'))
      .map((attempt) => `attempt ${attempt} completed it, and nobody said so under its lease`),
    ...history.filter((each) => !each.success && !isLate(each) && !isEngines(each.errorType))
      .filter(({ attempt }) => !mayCount(job, attempt, 'failed'))
      .map(({ attempt }) => `attempt ${attempt} failed, and nobody said so under its lease`),
  ];
};

function isLate({ decision }: { decision: string }): boolean {
  return decision === 'succeeded_late';
}

function isEngines(errorType: string | null): boolean {
  return ENGINE_ERRORS.includes(errorType ?? '');
}

/** Whether such an outcome was reported under the attempt's lease, and not every answer is a refusal. */
function mayCount(job: JobRecord, attempt: number, outcome: string): boolean {
  const lease = leaseOf(job, attempt);
  const isIt = (each: { leaseToken: string; outcome: string }) =>
    each.leaseToken === lease && each.outcome === outcome;
  const answers = job.answers.filter(isIt);
  const reports = job.reports.filter(isIt);
  return answers.some((answer) => answer.accepted) || reports.length > answers.length;
}

/** What executors heard was said by the database. */
export const heardUnsaid: Rule = ({ heard, answers }) => {
  const keyOf = ({ leaseToken, outcome, accepted }: EventOf<'answered'>) =>
    `${outcome} of lease ${leaseToken}, accepted: ${accepted}`;
  const said = new Set(answers.map(keyOf));
  return heard.map(keyOf).filter((key) => !said.has(key));
};

function accepted({ answers }: JobRecord): EventOf<'answered'>[] {
  return answers.filter((answer) => answer.accepted);
}
