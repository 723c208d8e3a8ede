import type { Facts } from './facts.ts';
import type { Judgeable } from './run.ts';
import { judge, type Violation } from './judge/judge.ts';
import type { Cause } from './judge/second_executions.ts';

/** What a run comes to, as it is written to the report file; `seconds` from first to last job. */
export interface Report {
  seed: number;
  seconds: number;
  jobs: number;
  /** How many jobs ended how. */
  ends: Record<string, number>;
  /** Leases given out. */
  attempts: number;
  executions: number;
  retries: number;
  rescues: number;
  lateSuccesses: number;
  /** Outcomes that came too late, or from the wrong hand, and were turned away. */
  refusedOutcomes: number;
  faults: Record<string, number>;
  secondExecutions: Record<Cause, number>;
  violations: Violation[];
}

/** Judges a run and counts what happened in it. */
export function reportOn(run: Judgeable): Report {
  const { seed, seconds, events, facts, faults } = run;
  const { violations, secondExecutions } = judge(events, facts);
  const rows = (is: (row: Facts['history'][number]) => boolean) => facts.history.filter(is).length;
  const lateSuccesses = rows(({ decision }) => decision === 'succeeded_late');
  return {
    seed,
    seconds: Math.round(seconds * 10) / 10,
    jobs: facts.jobs.length,
    ends: countBy(
      facts.jobs.map(({ status, stopReason }) =>
        status === 'permanently_failed' ? `${status}: ${stopReason}` : status
      ),
    ),
    attempts: facts.jobs.reduce((sum, job) => sum + job.attempts, 0),
    executions: events.filter(({ what }) => what === 'started').length,
    retries: rows(({ isRetry }) => isRetry),
    rescues: rows(({ errorType }) => errorType === 'lease_expired') + lateSuccesses,
    lateSuccesses,
    refusedOutcomes:
      events.filter((event) =>
        event.what === 'answered' && event.seenBy === 'gateway' && !event.accepted
      ).length,
    faults: { ...faults, skewed_clock: run.skewedClocks },
    secondExecutions,
    violations,
  };
}

/** The report in words. */
export function summaryOf(report: Report): string {
  const { violations } = report;
  const executions = Object.values(report.secondExecutions).reduce((sum, each) => sum + each, 0);
  return [
    `${report.jobs} jobs in ${report.seconds} s: ${list(report.ends)}`,
    `${report.attempts} attempts, ${report.executions} executions, ${report.retries} retries`,
    `${report.rescues} rescues, ${report.lateSuccesses} of them late successes; ` +
    `${report.refusedOutcomes} outcomes refused`,
    `faults: ${list(report.faults)}`,
    `second executions: ${executions} (${list(report.secondExecutions)})`,
    violations.length === 0 ? 'violations: none' : `violations: ${violations.length}`,
    ...violations.slice(0, 20).map(({ rule, jobId, detail }) =>
      `  ${rule}: job ${jobId}: ${detail}`
    ),
    `seed ${report.seed}`,
  ].join('\n');
}

function list(counts: Record<string, number>): string {
  return Object.entries(counts).map(([name, count]) => `${name} ${count}`).join(', ');
}

function countBy(names: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
