import type { ClaimedJob } from './claimed_job.ts';

/** The timeouts of the job types that a run has met, and which jobs it may therefore still start. */
export class JobTypeTimeouts {
  readonly #seconds = new Map<string, number>();

  note({ job_type, timeout_seconds }: ClaimedJob): void {
    this.#seconds.set(job_type, timeout_seconds);
  }

  /**
   * Whether a job of the type may start `elapsed` seconds into a run of `maxSeconds`: so that it
   * ends in time, or, where its timeout is most of a run or more, in the run's first half. A type
   * that was not met yet may.
   */
  mayStart(jobType: string, elapsed: number, maxSeconds: number): boolean {
    const timeout = this.#seconds.get(jobType) ?? 0;
    return elapsed <= Math.max(maxSeconds - timeout, maxSeconds / 2);
  }
}
