import type { JobDatabase } from './job_database.ts';
import { messageOf, persist } from './settlement.ts';

/** How long secrets are kept, in ms: a rotation is followed within this time. */
const KEPT_MS = 60_000;

interface Kept {
  secrets: Promise<string[]>;
  until: number;
}

/** The secrets that sign deliveries, asked for once a minute and job type. */
export class EndpointSecrets {
  readonly #database: JobDatabase;
  readonly #kept = new Map<string, Kept>();

  constructor(database: JobDatabase) {
    this.#database = database;
  }

  /** The current secret first; empty where the policy names none. Throws where the Vault lacks it. */
  async of(jobType: string): Promise<string[]> {
    const kept = this.#kept.get(jobType);
    if (kept && kept.until > Date.now()) return await kept.secrets;
    const secrets = this.#ask(jobType);
    this.#kept.set(jobType, { secrets, until: Date.now() + KEPT_MS });
    // What failed is asked for again.
    secrets.catch(() => this.#kept.delete(jobType));
    return await secrets;
  }

  async #ask(jobType: string): Promise<string[]> {
    const secrets = await this.#read(jobType);
    if (secrets?.length === 0) {
      throw cannotSign(`Vault lacks the secret that the policy of '${jobType}' names`);
    }
    return secrets ?? [];
  }

  async #read(jobType: string): Promise<string[] | undefined> {
    try {
      return (await persist(() => this.#database.endpointSecrets([jobType])))[jobType];
    } catch (error) {
      throw cannotSign(messageOf(error));
    }
  }
}

/** None of it is the job's fault: a person mends it, and the job must be there then. */
function cannotSign(why: string): Error {
  return Object.assign(new Error(`Cannot sign the delivery: ${why}`), {
    errorType: 'temporary_error',
  });
}
