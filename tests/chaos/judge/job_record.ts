import type { Facts, HistoryFacts, JobFacts } from '../facts.ts';
import type { EventOf, LedgerEvent } from '../ledger.ts';

/** One piece of work that somebody saw: a handler's run, or a delivery at the target. */
export interface Execution {
  attempt: number;
  by: string;
  startedAt: number;
  /** Infinity while nobody saw an end. */
  endedAt: number;
  succeeded: boolean;
}

/** All that is known of one job, by those outside and by the database. */
export interface JobRecord {
  jobId: string;
  /** The keys under which the database said that it has the job. */
  keys: string[];
  /** Undefined where the database has no such job. */
  row: JobFacts | undefined;
  /** Engine rows, by attempt. */
  history: HistoryFacts[];
  /** One per lease and attempt, in the order of time. */
  claims: EventOf<'claimed'>[];
  extensions: EventOf<'extended'>[];
  executions: Execution[];
  reports: EventOf<'reported'>[];
  /** What the database answered, as the gateway saw it. */
  answers: EventOf<'answered'>[];
  /** Those answers that reached an executor. */
  heard: EventOf<'answered'>[];
}

/** Sorts what is known by job. */
export function recordsOf(events: LedgerEvent[], facts: Facts): Map<string, JobRecord> {
  const records = new Map<string, JobRecord>();
  const of = (jobId: string) => {
    const known = records.get(jobId) ?? emptyRecord(jobId);
    records.set(jobId, known);
    return known;
  };
  for (const job of facts.jobs) of(job.jobId).row = job;
  for (const row of facts.history) of(row.jobId).history.push(row);
  for (const event of events) {
    if (event.what === 'enqueued') of(event.jobId).keys.push(event.key);
    if (event.what === 'claimed') of(event.jobId).claims.push(event);
    if (event.what === 'extended') of(event.jobId).extensions.push(event);
    if (event.what === 'reported') of(event.jobId).reports.push(event);
    if (event.what === 'answered') {
      of(event.jobId)[event.seenBy === 'gateway' ? 'answers' : 'heard'].push(event);
    }
  }
  for (const { jobId, ...execution } of executionsIn(events)) of(jobId).executions.push(execution);
  for (const record of records.values()) putInOrder(record);
  return records;
}

/** The attempt of a lease; undefined for one that nobody was seen to get. */
export function attemptOf({ claims }: JobRecord, leaseToken: string): number | undefined {
  return claims.find((claim) => claim.leaseToken === leaseToken)?.attempt;
}

/** The lease of an attempt. */
export function leaseOf({ claims }: JobRecord, attempt: number): string | undefined {
  return claims.find((claim) => claim.attempt === attempt)?.leaseToken;
}

function emptyRecord(jobId: string): JobRecord {
  return {
    jobId,
    keys: [],
    row: undefined,
    history: [],
    claims: [],
    extensions: [],
    executions: [],
    reports: [],
    answers: [],
    heard: [],
  };
}

function putInOrder(record: JobRecord): void {
  record.history.sort((one, other) => one.attempt - other.attempt);
  record.executions.sort((one, other) => one.startedAt - other.startedAt);
  const claims = record.claims.sort((one, other) => one.at - other.at);
  const seen = new Set<string>();
  // A claim is seen by the gateway and by the executor, and again where it was repeated.
  record.claims = claims.filter(({ leaseToken, attempt }) =>
    seen.size < seen.add(`${leaseToken} ${attempt}`).size
  );
}

function executionsIn(events: LedgerEvent[]): (Execution & { jobId: string })[] {
  const ends = new Map<string, EventOf<'ended'>>();
  const deaths = new Map<string, number>();
  for (const event of events) {
    if (event.what === 'ended') ends.set(event.execution, event);
    if (event.what === 'died') deaths.set(event.by, event.at);
  }
  return events.filter((event) => event.what === 'started').map((start) => {
    const { jobId, attempt, by, at: startedAt } = start;
    const end = ends.get(start.execution);
    const endedAt = end?.at ?? deaths.get(by) ?? Infinity;
    return { jobId, attempt, by, startedAt, endedAt, succeeded: end?.ending === 'succeeded' };
  });
}
