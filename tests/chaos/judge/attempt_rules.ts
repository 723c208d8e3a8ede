import { attemptOf, type JobRecord } from './job_record.ts';
import { CLOCK_MS, repeated, type Rule } from './rule.ts';

/** A number belongs to one lease, and a lease to one number. */
export const numberReused: Rule = ({ claims }) => [
  ...repeated(claims.map(({ attempt }) => attempt)).map((n) => `attempt ${n} has two leases`),
  ...repeated(claims.map(({ leaseToken }) => leaseToken)).map((lease) =>
    `lease ${lease} has two attempts`
  ),
];

/** Numbers rise with time, and the job's row knows the last. */
export const numberFalls: Rule = ({ claims, row }) => {
  const numbers = claims.map(({ attempt }) => attempt);
  return [
    ...numbers.slice(1).filter((number, place) => number < (numbers[place] ?? 0))
      .map((number) => `attempt ${number} came after a higher one`),
    ...numbers.filter((number) => row && number > row.attempts)
      .map((number) => `attempt ${number} is beyond execution_attempts ${row?.attempts}`),
  ];
};

/** Who works on an attempt has claimed it. */
export const executedUnclaimed: Rule = ({ executions, claims }) =>
  executions.filter(({ attempt }) => !claims.some((claim) => claim.attempt === attempt))
    .map(({ attempt, by }) => `${by} ran attempt ${attempt}, which nobody was given`);

/** An attempt is executed once: whoever takes over has an attempt of its own. */
export const executedTwice: Rule = ({ executions }) =>
  repeated(executions.map(({ attempt }) => attempt)).map((n) => `attempt ${n} ran twice`);

/** Nothing is handed out after the job's end. */
export const claimedAfterEnd: Rule = ({ claims, row }) => {
  const end = row?.completedAt ?? Infinity;
  return claims.filter(({ askedAt }) => askedAt > end + CLOCK_MS)
    .map(({ attempt }) => `attempt ${attempt} was claimed after the end`);
};

/** Each attempt left its trace: a row, the end of the job, a snooze or a release. */
export const attemptVanished: Rule = (job) => {
  const { row, history } = job;
  if (!row) return [];
  const endedWithoutRow = row.status === 'completed' && !history.some(({ success }) => success);
  const traced = history.length + Number(endedWithoutRow) + row.snoozeCount;
  const least = traced + releases(job, true);
  const most = traced + releases(job, false);
  return row.attempts >= least && row.attempts <= most ? [] : [
    `${row.attempts} attempts, but ${history.length} rows, ${row.snoozeCount} snoozes, ` +
    `${most - traced} releases, ended without row: ${endedWithoutRow}`,
  ];
};

/** How many attempts were handed back without a row; of some we know no answer. */
function releases(job: JobRecord, surely: boolean): number {
  const tokens = surely
    ? job.answers.filter(({ outcome, accepted }) => outcome === 'released' && accepted)
    : job.reports.filter(({ outcome }) => outcome === 'released');
  const attempts = new Set(tokens.map(({ leaseToken }) => attemptOf(job, leaseToken)));
  return [...attempts].filter((n) => !job.history.some(({ attempt }) => attempt === n)).length;
}
