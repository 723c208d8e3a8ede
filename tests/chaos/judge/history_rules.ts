import type { HistoryFacts } from '../facts.ts';
import type { JobRecord } from './job_record.ts';
import type { Rule } from './rule.ts';

/** Ends that leave no row, since no attempt ended then. */
const ROWLESS_ENDS = ['deadline_passed', 'retries_disabled', 'cancelled'];

/** retry_count is the number of retries granted after failures, and never above the most. */
export const retryCountWrong: Rule = ({ row, history }) => {
  if (!row) return [];
  const granted =
    history.filter((each) => each.decision === 'retry_scheduled' && !isCrash(each)).length;
  const { retryCount, maxRetries, stopReason } = row;
  const isSpent = stopReason !== 'max_retries_reached' || retryCount === maxRetries;
  return retryCount === granted && granted <= maxRetries && isSpent
    ? []
    : [`retry_count ${retryCount} of ${maxRetries}, ${granted} granted, ended by ${stopReason}`];
};

/** crash_count is the number of rescues, those that turned out late successes among them. */
export const crashCountWrong: Rule = ({ row, history }) => {
  if (!row) return [];
  const rescues = history.filter((each) => isCrash(each) || each.decision === 'succeeded_late');
  return row.crashCount === rescues.length
    ? []
    : [`crash_count ${row.crashCount}, ${rescues.length} rescues in the history`];
};

/** snooze_count is at least what was accepted, at most what was reported. */
export const snoozeCountWrong: Rule = ({ row, answers, reports }) => {
  if (!row) return [];
  const least = leases(answers.filter((answer) => answer.accepted));
  const most = leases(reports);
  return row.snoozeCount >= least && row.snoozeCount <= most
    ? []
    : [`snooze_count ${row.snoozeCount}, ${least} accepted, ${most} reported`];
};

function leases(events: { outcome: string; leaseToken: string }[]): number {
  const snoozes = events.filter(({ outcome }) => outcome === 'snoozed');
  return new Set(snoozes.map(({ leaseToken }) => leaseToken)).size;
}

/** The rows tell the story that the job ends with: failures that go on, then the last decision. */
export const storyBroken: Rule = (job) => {
  const { history } = job;
  const before = history.slice(0, -1);
  return [
    ...before.filter(({ decision }) => decision !== 'retry_scheduled')
      .map(({ attempt, decision }) => `attempt ${attempt} decided ${decision}, and it went on`),
    ...history.filter(({ isRetry }, place) => isRetry !== place > 0)
      .map(({ attempt, isRetry }) => `attempt ${attempt}: is_retry ${isRetry}`),
    ...history.filter(({ success, decision }) => success !== decision.startsWith('succeeded'))
      .map(({ attempt, decision }) =>
        `attempt ${attempt} decided ${decision}, against its success`
      ),
    ...endFits(job) ? [] : [`ended by ${job.row?.stopReason}, ${lastOf(history)}`],
  ];
};

function endFits({ row, history }: JobRecord): boolean {
  const last = history.at(-1)?.decision;
  if (row?.status === 'completed') return row.stopReason === (last ?? 'succeeded');
  if (row?.status !== 'permanently_failed') return true;
  return row.stopReason === last || ROWLESS_ENDS.includes(row.stopReason ?? '');
}

function lastOf(history: HistoryFacts[]): string {
  const last = history.at(-1);
  return last ? `last row: attempt ${last.attempt}, ${last.decision}` : 'no row';
}

export function isCrash({ errorType }: HistoryFacts): boolean {
  return errorType === 'lease_expired';
}
