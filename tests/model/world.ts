import type postgres from 'postgres';
import type { HistoryLine, Job, Policy } from './rows.ts';

/** A job as the model knows it: its rows, and what the rows alone do not tell. */
export interface Known {
  row: Job;
  history: HistoryLine[];
  /** The last token settled, and with which outcome. */
  settled: { token: string; outcome: string } | null;
  /** The lease was taken away by a rescue, and nothing has happened since. */
  rescued: boolean;
  /** Every lease token that the job has had. */
  tokens: string[];
  /** The claim's own token, under which its running job is found again. */
  claim: string | null;
}

/** What an executor knows of a job that it was given. */
export interface Lease {
  job_id: string;
  lease_token: string;
  executor: string;
}

/** An item of a call, as it is sent. */
export interface Item {
  [field: string]: unknown;
}

/** What has been said and done so far in one run. */
export interface World {
  jobs: Map<string, Known>;
  policies: Map<string, Policy>;
  /** All leases ever handed out, oldest first. */
  leases: Lease[];
  /** Executors that crashed and have not come back. */
  vanished: Set<string>;
  /** Calls that can be sent again. */
  claims: { executor: string; token: string }[];
  settles: { executor: string; items: Item[] }[];
  /** A tick has called a processor, which has not answered. */
  called: boolean;
  /** How often the database decided what: a rule that is never met is not tested. */
  decisions: Map<string, number>;
}

/** What the model is compared with. */
export interface Real {
  sql: postgres.TransactionSql;
  /** Counts what was done; the runner reads it. */
  counter: { steps: number; byCommand: Map<string, number>; decisions: Map<string, number> };
}

export type Jobs = Map<string, Known>;

export const OWNER = '00000000-0000-4000-8000-0000000000aa';
export const TYPES = ['model_a', 'model_b', 'model_c'];
/** The types that a processor's handler takes; an endpoint_url adds its own type. */
export const HANDLED = ['model_a', 'model_c'];
export const EXECUTORS = ['ada', 'bob', 'eve'];
export const MOST_JOBS = 8;

/** The policy that applies to the type now. */
export function policyOf(world: World, jobType: string): Policy {
  const policy = world.policies.get(jobType) ?? world.policies.get('default');
  if (!policy) throw new Error('there is no policy default');
  return policy;
}

/** What a claim takes that names no types. */
export function handledTypes(world: World): string[] {
  const delivered = [...world.policies.values()].filter(({ endpoint_url }) =>
    endpoint_url !== null
  );
  return [...new Set([...HANDLED, ...delivered.map(({ job_type }) => job_type)])];
}

/** The nth job, counted around; undefined where there is none. */
export function pickJob(world: World, n: number): Known | undefined {
  const jobs = [...world.jobs.values()];
  return jobs[n % jobs.length];
}

function isLive(world: World, lease: Lease): boolean {
  const row = world.jobs.get(lease.job_id)?.row;
  return row?.status === 'running' && row.lease_token === lease.lease_token &&
    !world.vanished.has(lease.executor);
}

/** The nth lease, newest first and counted around: of the live ones if wanted and there is any. */
export function pickLease(world: World, n: number, live: boolean): Lease | undefined {
  const held = live ? world.leases.filter((lease) => isLive(world, lease)) : [];
  const leases = held.length > 0 ? held : world.leases;
  return leases[leases.length - 1 - n % leases.length];
}
