import type { ClaimedJob } from './claimed_job.ts';
import type { Outcome } from './outcomes.ts';

/** At most so many errors are kept, so that a bad day does not fill the memory. */
const MAX_ERRORS = 100;

/** What went wrong with one job beside its own failure. */
export interface RunError {
  jobId: string;
  error: string;
}

/** What a run has done so far. */
export class RunTally {
  /** Executed attempts. */
  totalJobs = 0;
  successfulJobs = 0;
  /** Attempts that failed, those that timed out among them. */
  failedJobs = 0;
  timedOutJobs = 0;
  /** Executed attempts that followed a failed one. */
  retriedJobs = 0;
  /** Claimed and handed back. */
  skippedJobs = 0;
  readonly errors: RunError[] = [];
  /** Job types whose timeout is longer than a whole run. */
  readonly oversizeTypes = new Set<string>();

  count(job: ClaimedJob, outcome: Outcome): void {
    this.totalJobs++;
    if (job.is_retry) this.retriedJobs++;
    if (outcome.outcome === 'completed') this.successfulJobs++;
    if (outcome.outcome === 'failed') this.failedJobs++;
    if (outcome.outcome === 'failed' && outcome.error_type === 'timeout') this.timedOutJobs++;
  }

  error(jobId: string, error: string): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push({ jobId, error });
  }
}
