import type { ClaimedJob } from './claimed_job.ts';
import { JobCancelled, JobReleased, JobTimedOut } from './error_classification.ts';

/** One attempt under way: its signal, its time limit, and what its handler asked for. */
export class Attempt {
  readonly job: ClaimedJob;
  readonly startedAt = performance.now();
  /** What `context.snooze` asked for, in seconds. */
  snoozeSeconds: number | undefined;
  /** True once the lease is gone: no outcome of this attempt counts any more. */
  leaseLost = false;
  /** True once an endpoint has taken the job: it is done, however long its result takes. */
  accepted = false;
  readonly #controller = new AbortController();
  readonly #ended = Promise.withResolvers<never>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(job: ClaimedJob) {
    this.job = job;
    // Nobody may be waiting any more when it ends.
    this.#ended.promise.catch(() => {});
    this.allow(timeLimit(job));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }

  /** Lets the attempt run for so many seconds from now; one that is over, or asked to stop, gets no more. */
  allow(seconds: number): void {
    if (this.#over || this.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(new JobTimedOut(Math.round(seconds))), seconds * 1000);
  }

  /** The endpoint has taken the job: no time limit counts any more. */
  accept(): void {
    this.accepted = true;
    this.close();
  }

  /** Asks the handler to stop; one that completes all the same has completed. */
  cancel(): void {
    this.#controller.abort(new JobCancelled('the job was cancelled'));
  }

  /** Gives the attempt up: the job is handed back, or its lease is gone. */
  release(): void {
    this.#end(new JobReleased('the job was handed back'));
  }

  /** The work's result, or the reason why it was not waited for. */
  async first<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([work, this.#ended.promise]);
    } finally {
      this.close();
    }
  }

  /** Ends its time limit for good. */
  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #end(reason: Error): void {
    this.#controller.abort(reason);
    this.#ended.reject(reason);
  }
}

/**
 * Seconds that the attempt may take: its policy's timeout, or less where the lease was cut at the
 * job's deadline. At least 1, so that a clock which is fast ends nothing before it starts.
 */
function timeLimit({ timeout_seconds, deadline_at, lease_expires_at }: ClaimedJob): number {
  if (deadline_at === null || Date.parse(deadline_at) > Date.parse(lease_expires_at)) {
    return timeout_seconds;
  }
  const left = (Date.parse(deadline_at) - Date.now()) / 1000;
  return Math.min(timeout_seconds, Math.max(left, 1));
}
