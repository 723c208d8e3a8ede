import type { HistoryFacts, JobFacts } from '../facts.ts';
import type { EventOf, LedgerEvent } from '../ledger.ts';

/** A run that tests may spoil. */
export interface Story {
  events: LedgerEvent[];
  jobs: JobFacts[];
  history: HistoryFacts[];
}

/** A job that failed, was rescued from a dead executor after its work had succeeded, and completed. */
export const LONG = 'long';
/** A job that was snoozed once, and completed at its next attempt. */
export const SHORT = 'short';

/** The story of two jobs as it should be; times are ms. */
export function goodStory(): Story {
  return {
    events: [
      { what: 'enqueued', at: 0, jobId: LONG, key: LONG },
      ...attempt(LONG, 1, 1000, 'failed'),
      ...attempt(LONG, 2, 10_000, 'completed').filter(({ what }) =>
        what !== 'reported' && what !== 'answered'
      ),
      ...attempt(LONG, 3, 20_000, 'completed'),
      { what: 'enqueued', at: 0, jobId: SHORT, key: SHORT },
      ...attempt(SHORT, 1, 1000, 'snoozed'),
      ...attempt(SHORT, 2, 5000, 'completed'),
    ],
    jobs: [job(LONG, 3, { retryCount: 1, crashCount: 1 }), job(SHORT, 2, { snoozeCount: 1 })],
    history: [
      { ...row(1, 2000), errorType: 'network', decision: 'retry_scheduled' },
      { ...row(2, 15_000), errorType: 'lease_expired', decision: 'retry_scheduled', isRetry: true },
      { ...row(3, 21_000), success: true, decision: 'succeeded', isRetry: true },
    ],
  };
}

/** Lease token of an attempt. */
export function leaseToken(jobId: string, number: number): string {
  return `${jobId} ${number}`;
}

/** Claimed at `at` for 4 s, worked on, settled a second later and answered. */
export function attempt(
  jobId: string,
  number: number,
  at: number,
  outcome: 'completed' | 'failed' | 'snoozed',
): LedgerEvent[] {
  const by = `executor-${number}`;
  const lease = { jobId, leaseToken: leaseToken(jobId, number) };
  const execution = `${jobId} ${number}`;
  const endings = { completed: 'succeeded', failed: 'failed', snoozed: 'snoozed' } as const;
  const decisions = { completed: 'succeeded', failed: 'retry_scheduled', snoozed: null };
  const errorType = outcome === 'failed' ? 'network' : null;
  const claimed: EventOf<'claimed'> = {
    what: 'claimed',
    ...lease,
    seenBy: 'gateway',
    askedAt: at - 10,
    at,
    attempt: number,
    by,
    expiresAt: at + 4000,
  };
  const answered: EventOf<'answered'> = {
    what: 'answered',
    ...lease,
    seenBy: 'gateway',
    at: at + 1010,
    outcome,
    accepted: true,
    replayed: false,
    decision: decisions[outcome],
  };
  return [
    claimed,
    { ...claimed, seenBy: 'executor', at: at + 5 },
    { what: 'started', at: at + 10, execution, jobId, attempt: number, by, pid: 1 },
    { what: 'ended', at: at + 900, execution, ending: endings[outcome] },
    { what: 'reported', at: at + 1000, ...lease, outcome, errorType, by },
    answered,
    { ...answered, seenBy: 'executor' },
  ];
}

function job(jobId: string, attempts: number, counts: Partial<JobFacts>): JobFacts {
  return {
    jobId,
    key: jobId,
    status: 'completed',
    finalStatus: 'completed',
    stopReason: 'succeeded',
    retryCount: 0,
    maxRetries: 4,
    crashCount: 0,
    snoozeCount: 0,
    attempts,
    completedAt: 21_000,
    resultAttempt: attempts,
    ...counts,
  };
}

function row(attempt: number, createdAt: number): HistoryFacts {
  return {
    jobId: LONG,
    attempt,
    isRetry: false,
    success: false,
    errorType: null,
    decision: '',
    createdAt,
  };
}
