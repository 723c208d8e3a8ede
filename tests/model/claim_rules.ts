import { later, latest, SECOND, sooner, type Span } from './moments.ts';
import { endedRow } from './attempts.ts';
import type { Job } from './rows.ts';
import { type Jobs, type Known, policyOf, type World } from './world.ts';

/** A claim as the model reads it: every type is named. */
export interface ClaimCall {
  executor: string;
  limit: number;
  types: string[];
  includeNew: boolean;
  includeRetries: boolean;
  leaseSeconds: number | null;
  token: string | null;
}

const PRIORITY_LEVEL = 600 * SECOND;

/** When the waiting job is due. */
export function dueAt(row: Job): number {
  return latest(row.next_retry_at ?? row.scheduled_at ?? 0);
}

/** Lower goes first: a priority level is worth 10 minutes of waiting. */
export function rank(row: Job): number {
  return dueAt(row) - row.priority * PRIORITY_LEVEL;
}

/** True for a job that a claim may take when it is due. */
export function isWaiting(row: Job): boolean {
  return row.status === 'pending' || row.status === 'queued';
}

/** Why a claim ends the job instead of handing it out; null where it may run. */
export function endOf(row: Job, at: number): string | null {
  if (row.deadline_at !== null && latest(row.deadline_at) <= at) return 'deadline_passed';
  // A person's retry runs even where the job's automatic retries were switched off.
  const automatic = row.final_status === 'failed' && row.next_retry_reason === null;
  return automatic && !row.retry_enabled ? 'retries_disabled' : null;
}

/** The job as it is once it was claimed; its token is the database's choice, but a new one. */
export function claimedJob(
  known: Known,
  call: ClaimCall,
  world: World,
  now: Span,
  seen: Job,
): Known {
  const token = seen.lease_token ?? '';
  const isNew = !known.tokens.includes(token);
  const seconds = call.leaseSeconds ?? policyOf(world, known.row.job_type).timeout_seconds + 15;
  return {
    ...known,
    rescued: false,
    claim: call.token ?? token,
    tokens: [...known.tokens, token],
    row: {
      ...known.row,
      status: 'running',
      execution_attempts: known.row.execution_attempts + 1,
      executing_by: call.executor,
      executing_at: now,
      last_attempt_at: now,
      execution_timeout_at: sooner(later(now, seconds), known.row.deadline_at),
      lease_token: isNew ? token : `a new token, not ${token}`,
    },
  };
}

/** The jobs that a claim with this token already holds, in order; null for a claim not made yet. */
function repeated(jobs: Jobs, call: ClaimCall): Known[] | null {
  const held = [...jobs.values()].filter(({ row, claim }) =>
    row.status === 'running' && row.executing_by === call.executor && claim === call.token
  );
  return call.token !== null && held.length > 0 ? held : null;
}

function candidates(jobs: Jobs, call: ClaimCall, at: number): Known[] {
  return [...jobs.values()]
    .filter(({ row }) =>
      isWaiting(row) && dueAt(row) <= at && call.types.includes(row.job_type) &&
      (row.final_status === 'failed' ? call.includeRetries : call.includeNew)
    )
    .sort((one, other) => rank(one.row) - rank(other.row));
}

/**
 * Applies a claim to the jobs and returns those it hands out, in order of rank. How many jobs at
 * their end a claim clears away is the database's choice; whom it hands out is not.
 */
export function claim(
  world: World,
  jobs: Jobs,
  call: ClaimCall,
  now: Span,
  at: number,
  seen: Map<string, Job>,
): { handedOut: Known[]; problems: string[] } {
  const again = repeated(jobs, call);
  if (again) return { handedOut: again, problems: [] };
  const isTaken = ({ row }: Known) => seen.get(row.id)?.status === 'running';
  const isEnded = ({ row }: Known) => seen.get(row.id)?.status === 'permanently_failed';
  const due = candidates(jobs, call, at);
  const runnable = due.filter(({ row }) => endOf(row, at) === null);
  const taken = runnable.filter(isTaken);
  const ended = due.filter((known) => endOf(known.row, at) !== null && isEnded(known));
  const problems = claimProblems(due, runnable, taken, ended, call.limit, at);
  for (const { row, ...rest } of ended) {
    const reason = endOf(row, at) ?? '';
    jobs.set(row.id, { ...rest, row: endedRow(row, 'permanently_failed', reason, now) });
  }
  const handedOut = taken.map((known) =>
    claimedJob(known, call, world, now, seen.get(known.row.id) ?? known.row)
  );
  for (const known of handedOut) jobs.set(known.row.id, known);
  return { handedOut, problems };
}

function claimProblems(
  due: Known[],
  runnable: Known[],
  taken: Known[],
  ended: Known[],
  limit: number,
  at: number,
): string[] {
  const problems: string[] = [];
  const last = taken.at(-1);
  const most = Math.min(limit, runnable.length);
  if (taken.length > limit) problems.push(`the claim took ${taken.length} of at most ${limit}`);
  if (taken.length < most && (taken.length === 0 || ended.length === 0)) {
    problems.push(`the claim took ${taken.length}, and ${most} could run`);
  }
  if (last) {
    const passedOver = due.filter((known) =>
      rank(known.row) < rank(last.row) && !taken.includes(known) && !ended.includes(known)
    );
    for (const { row } of passedOver) {
      problems.push(`the claim passed over ${row.id}, which may ${endOf(row, at) ?? 'run'}`);
    }
  }
  return problems;
}
