import { isCrash } from './history_rules.ts';
import { attemptOf, type JobRecord, leaseOf } from './job_record.ts';
import { CLOCK_MS, type Rule } from './rule.ts';

/** Outcomes that give a job back without a row. */
const ROWLESS = ['snoozed', 'released'];

/** Whoever gets a job gets it when the lease before has ended: settled, handed back or rescued. */
export const twoLiveLeases: Rule = (job) =>
  job.claims.slice(1).flatMap((claim, place) => {
    const before = job.claims[place];
    if (!before || before.attempt === claim.attempt) return [];
    return hasEnded(job, before.attempt, claim.at + CLOCK_MS)
      ? []
      : [`attempt ${claim.attempt} was claimed while attempt ${before.attempt} was held`];
  });

function hasEnded(job: JobRecord, attempt: number, at: number): boolean {
  const row = job.history.find((each) => each.attempt === attempt);
  if (row) return row.createdAt <= at;
  return job.reports.some((report) =>
    ROWLESS.includes(report.outcome) && report.at <= at &&
    attemptOf(job, report.leaseToken) === attempt
  );
}

/** A rescue takes no lease that, as its holder was told, had time left. */
export const rescuedAlive: Rule = (job) =>
  job.history.filter((row) => isCrash(row) || row.decision === 'succeeded_late')
    .flatMap(({ attempt, createdAt }) => {
      const lease = leaseOf(job, attempt);
      // A release may count as a crash.
      const handedBack = job.reports.some((report) =>
        report.leaseToken === lease && report.outcome === 'released'
      );
      const left = endOf(job, lease, createdAt) - createdAt;
      return left > 0 && !handedBack
        ? [`attempt ${attempt} was rescued ${Math.round(left)} ms before its lease ended`]
        : [];
    });

/** The latest end of the lease that was granted before `at`. */
function endOf({ claims, extensions }: JobRecord, lease: string | undefined, at: number): number {
  const granted = [...claims, ...extensions].filter((each) =>
    each.leaseToken === lease && each.at < at - CLOCK_MS
  );
  return Math.max(...granted.map(({ expiresAt }) => expiresAt));
}
