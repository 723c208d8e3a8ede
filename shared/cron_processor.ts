import { readEnvironment } from './environment.ts';
import { EndpointSecrets } from './endpoint_secrets.ts';
import { JobDatabase } from './job_database.ts';
import { JobExecutor } from './job_executor.ts';
import type { JobHandler } from './job_handlers.ts';
import { JobRun, type RunLimits } from './job_run.ts';
import { consoleLogger, type Logger } from './logger.ts';
import type { RunError, RunTally } from './run_tally.ts';
import { schemaAdvice } from './schema_version.ts';
import { createServiceClient, type ServiceClient } from './service_client.ts';
import { messageOf } from './settlement.ts';

/** Time a handler's `extendLease` leaves for settling, in seconds. */
const SETTLING_SECONDS = 15;

/** How a CronProcessor works; everything has a default. */
export interface CronProcessorOptions {
  /** Who holds the jobs; default: SB_EXECUTION_ID, else a random name. */
  processorId?: string;
  /** Jobs of one pass, and jobs in flight at once: 1 to 1000. */
  batchSize?: number;
  /** False leaves retries to others: full batches and drains then take new jobs only. */
  processRetryJobs?: boolean;
  /** Default: from SUPABASE_URL and the project's secret key, on first use. */
  client?: ServiceClient;
  /** Default: the registered ones. */
  handlers?: Iterable<JobHandler>;
  /** Hosts that may be reached by http or at private addresses; default: PUPPET_ALLOWED_ENDPOINT_HOSTS. */
  allowedHosts?: readonly string[];
  /** Time between heartbeats, in ms; a lease outlasts three. */
  heartbeatMs?: number;
  logger?: Logger;
}

/** What one pass or drain did; times are ISO, `duration` is in ms. */
export interface ProcessingResult {
  batchId: string;
  startTime: string;
  endTime: string;
  duration: number;
  /** Executed attempts. */
  totalJobs: number;
  successfulJobs: number;
  /** Attempts that failed, those that timed out among them. */
  failedJobs: number;
  timedOutJobs: number;
  /** Executed retries. */
  retriedJobs: number;
  /** Claimed and handed back. */
  skippedJobs: number;
  errors: RunError[];
}

/** Whether a processor can work, and what it does now. */
export interface ProcessorHealth {
  healthy: boolean;
  processorId: string;
  jobsInFlight: number;
  /** Why it is not healthy. */
  error?: string;
}

/** Parts that are made on first use. */
interface Parts {
  database: JobDatabase;
  executor: JobExecutor;
}

/**
 * Claims due jobs, executes them and settles them. Methods throw PuppetRetryError:
 * `not_configured`, `database_unavailable`, `database_refused` or `unexpected_reply`.
 */
export class CronProcessor {
  readonly processorId: string;
  readonly #options: CronProcessorOptions;
  readonly #batchSize: number;
  readonly #logger: Logger;
  readonly #runs = new Set<JobRun>();
  #parts: Parts | undefined;

  constructor(options: CronProcessorOptions = {}) {
    const batchSize = options.batchSize ?? 20;
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1000) {
      throw new RangeError(
        `Cannot make a processor: 'batchSize' must be 1 to 1000: it is ${batchSize}`,
      );
    }
    this.#options = options;
    this.#batchSize = batchSize;
    this.#logger = options.logger ?? consoleLogger;
    this.processorId = options.processorId ?? readEnvironment('SB_EXECUTION_ID') ??
      `processor-${crypto.randomUUID()}`;
  }

  /** One pass over new jobs. */
  processBatch(): Promise<ProcessingResult> {
    return this.#pass({ includeNew: true, includeRetries: false });
  }

  /** One pass over retries. */
  processRetryJobs(): Promise<ProcessingResult> {
    return this.#pass({ includeNew: false, includeRetries: true });
  }

  /** One pass over new jobs and retries. */
  processFullBatch(): Promise<ProcessingResult> {
    return this.#pass({
      includeNew: true,
      includeRetries: this.#options.processRetryJobs ?? true,
    });
  }

  /** Passes until nothing is due; claims nothing more after `maxSeconds` (60) or `maxJobs` (1000). */
  drain(limits: { maxSeconds?: number; maxJobs?: number } = {}): Promise<ProcessingResult> {
    return this.#process({
      maxSeconds: limits.maxSeconds ?? 60,
      maxJobs: limits.maxJobs ?? 1000,
      includeNew: true,
      includeRetries: this.#options.processRetryJobs ?? true,
    });
  }

  /** Whether the database answers; changes nothing there and never throws. */
  async healthCheck(): Promise<ProcessorHealth> {
    const health = { processorId: this.processorId, jobsInFlight: this.#jobsInFlight() };
    try {
      // A read for no type at all: cheap, and of what each executor may read.
      await this.#use().database.endpointSecrets([]);
      return { healthy: true, ...health };
    } catch (error) {
      return { healthy: false, ...health, error: messageOf(error) };
    }
  }

  /**
   * Hands back at once all that is in flight, and ends when what has finished is settled; for a
   * shutdown. `memory` and `cpu` count as a crash.
   */
  async handBack(reason: string): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.handBack(reason)));
  }

  #pass(kinds: Pick<RunLimits, 'includeNew' | 'includeRetries'>): Promise<ProcessingResult> {
    return this.#process({ ...kinds, maxJobs: this.#batchSize, maxSeconds: 60 });
  }

  async #process(limits: Omit<RunLimits, 'slots'>): Promise<ProcessingResult> {
    const start = new Date();
    const parts = this.#use();
    const run = new JobRun(
      { ...limits, slots: this.#batchSize },
      { ...parts, logger: this.#logger, heartbeatMs: this.#options.heartbeatMs ?? 10_000 },
    );
    // Before it does anything, so that no hand-back passes it by.
    this.#runs.add(run);
    try {
      const tally = await run.run(await this.#register(parts));
      this.#report(tally, limits.maxSeconds);
      return resultOf(tally, start);
    } finally {
      this.#runs.delete(run);
    }
  }

  /** The job types that this processor can run. */
  async #register({ database, executor }: Parts): Promise<string[]> {
    // A client that was given may be of any project.
    const projectUrl = this.#options.client ? undefined : readEnvironment('SUPABASE_URL');
    const registered = await database.register(executor.jobTypes, projectUrl);
    const advice = schemaAdvice(registered.schema_version);
    if (advice) this.#logger.warn('schema and code are of different versions', { advice });
    return registered.job_types;
  }

  #use(): Parts {
    this.#parts ??= this.#build();
    return this.#parts;
  }

  #build(): Parts {
    const { client, handlers, allowedHosts } = this.#options;
    const database = new JobDatabase(client ?? createServiceClient(), this.processorId);
    const secrets = new EndpointSecrets(database);
    const executor = new JobExecutor({
      secretsOf: (jobType) => secrets.of(jobType),
      extendLease: async (job, seconds) => {
        const [answer] = await database.extend([job], Math.ceil(seconds) + SETTLING_SECONDS);
        return answer?.held ?? false;
      },
      handlers,
      allowedHosts,
      logger: this.#logger,
    });
    return { database, executor };
  }

  #jobsInFlight(): number {
    return [...this.#runs].reduce((sum, run) => sum + run.inFlight, 0);
  }

  #report(tally: RunTally, maxSeconds: number): void {
    for (const jobType of tally.oversizeTypes) {
      this.#logger.warn('the timeout of a job type is longer than a run', {
        job_type: jobType,
        run_seconds: maxSeconds,
      });
    }
    for (const { jobId, error } of tally.errors) {
      this.#logger.warn('a job needs a look', { job_id: jobId, error });
    }
  }
}

function resultOf(tally: RunTally, start: Date): ProcessingResult {
  const end = new Date();
  return {
    batchId: crypto.randomUUID(),
    startTime: start.toISOString(),
    endTime: end.toISOString(),
    duration: end.getTime() - start.getTime(),
    totalJobs: tally.totalJobs,
    successfulJobs: tally.successfulJobs,
    failedJobs: tally.failedJobs,
    timedOutJobs: tally.timedOutJobs,
    retriedJobs: tally.retriedJobs,
    skippedJobs: tally.skippedJobs,
    errors: tally.errors,
  };
}
