import { z } from 'zod';
import { type ClaimedJob, claimedJobSchema } from './claimed_job.ts';
import { ask, dataOf, send } from './database_reply.ts';
import { type SentOutcome, type Settled, settledSchema } from './outcomes.ts';
import { SCHEMA_VERSION } from './schema_version.ts';
import type { ServiceClient } from './service_client.ts';

/** What to claim, in the words of `claim_jobs`. */
export interface ClaimOptions {
  limit: number;
  jobTypes: string[];
  includeNew: boolean;
  includeRetries: boolean;
  /** The caller's own: the same claim again, after a lost reply, gives the same jobs. */
  leaseToken: string;
}

/** A claimed job's id and token. */
export interface Lease {
  job_id: string;
  lease_token: string;
}

const claimedSchema = z.array(claimedJobSchema);
const settledListSchema = z.array(settledSchema);
const settledAndClaimedSchema = z.object({ settled: settledListSchema, claimed: claimedSchema });
const extendedSchema = z.array(z.object({
  job_id: z.string(),
  held: z.boolean(),
  cancel_requested: z.boolean(),
}));
const acceptedSchema = z.object({ accepted: z.boolean(), reason: z.string().nullable() });
const registeredSchema = z.object({
  job_types: z.array(z.string()),
  schema_version: z.number(),
});
const secretsSchema = z.record(z.string(), z.array(z.string()));

/** What became of a heartbeat for one job. */
export type ExtendedLease = z.infer<typeof extendedSchema>[number];

/**
 * The SQL functions of an executor, typed. Every method throws PuppetRetryError:
 * `database_unavailable`, `database_refused` or `unexpected_reply`.
 */
export class JobDatabase {
  readonly #client: ServiceClient;
  readonly #executorId: string;

  constructor(client: ServiceClient, executorId: string) {
    this.#client = client;
    this.#executorId = executorId;
  }

  async settle(outcomes: SentOutcome[]): Promise<Settled[]> {
    const call = this.#client.rpc('settle_jobs', {
      p_executor_id: this.#executorId,
      p_outcomes: outcomes,
    });
    return await ask(settledListSchema, call, 'settle_jobs');
  }

  /** Settles and then claims in one round trip. */
  async settleAndClaim(
    outcomes: SentOutcome[],
    options: ClaimOptions,
  ): Promise<{ settled: Settled[]; claimed: ClaimedJob[] }> {
    const call = this.#client.rpc('settle_and_claim_jobs', {
      p_executor_id: this.#executorId,
      p_outcomes: outcomes,
      ...claimArguments(options),
    });
    return await ask(settledAndClaimedSchema, call, 'settle_and_claim_jobs');
  }

  /** Makes the leases last at least `seconds` from now. */
  async extend(leases: Lease[], seconds: number): Promise<ExtendedLease[]> {
    const call = this.#client.rpc('extend_job_leases', {
      p_executor_id: this.#executorId,
      p_jobs: leases.map(onlyLease),
      p_seconds: seconds,
    });
    return await ask(extendedSchema, call, 'extend_job_leases');
  }

  /** Hands jobs back unfinished; the reasons `memory` and `cpu` count as a crash of the job. */
  async release(leases: Lease[], reason: string): Promise<Settled[]> {
    const call = this.#client.rpc('release_jobs', {
      p_executor_id: this.#executorId,
      p_jobs: leases.map(onlyLease),
      p_reason: reason,
    });
    return await ask(settledListSchema, call, 'release_jobs');
  }

  /**
   * Tells the database which types this executor has handlers for, and of which project it is, if it
   * knows; answers all types that it can run, and the version of the schema.
   */
  async register(
    jobTypes: string[],
    projectUrl?: string,
  ): Promise<{ job_types: string[]; schema_version: number }> {
    const call = this.#client.rpc('register_handled_types', {
      p_job_types: jobTypes,
      p_schema_version: SCHEMA_VERSION,
      ...projectUrl === undefined ? {} : { p_project_url: projectUrl },
    });
    return await ask(registeredSchema, call, 'register_handled_types');
  }

  /** The secrets that sign deliveries, by job type, the current one first. */
  async endpointSecrets(jobTypes: string[]): Promise<Record<string, string[]>> {
    const call = this.#client.rpc('get_endpoint_secrets', { p_job_types: jobTypes });
    return await ask(secretsSchema, call, 'get_endpoint_secrets');
  }

  /** Checks a tick's signature and stamps its receipt, once; `timestamp` in seconds since 1970. */
  async acceptTick(
    receiptId: string,
    timestamp: number,
    signature: string,
  ): Promise<{ accepted: boolean; reason: string | null }> {
    const call = this.#client.rpc('accept_tick', {
      p_receipt_id: receiptId,
      p_timestamp: timestamp,
      p_signature: signature,
    });
    return await ask(acceptedSchema, call, 'accept_tick');
  }

  /** Closes the receipt of an accepted tick with what its run did. */
  async finishTick(receiptId: string, counts: Record<string, number>): Promise<void> {
    const call = this.#client.rpc('finish_tick', { p_receipt_id: receiptId, p_counts: counts });
    dataOf(await send(call), 'finish_tick');
  }

  /** Ticks as pg_cron does: calls as many processors as what is due needs. */
  async tick(): Promise<void> {
    dataOf(await send(this.#client.rpc('tick_retry_processor')), 'tick_retry_processor');
  }
}

function claimArguments(options: ClaimOptions) {
  const { limit, jobTypes, includeNew, includeRetries, leaseToken } = options;
  return {
    p_limit: limit,
    p_job_types: jobTypes,
    p_include_new: includeNew,
    p_include_retries: includeRetries,
    p_lease_token: leaseToken,
  };
}

function onlyLease({ job_id, lease_token }: Lease): { job_id: string; lease_token: string } {
  return { job_id, lease_token };
}
