import { z } from 'zod';
import { camelKeys } from './case_names.ts';

/** What `schedule_job_retry` and `report_job_outcome` did about a report. */
export const reportSchema = z.tuple([z.object({
  accepted: z.boolean(),
  status: z.string().nullable(),
  decision: z.string().nullable(),
  reason: z.string().nullable(),
  next_retry_at: z.string().nullable(),
})]);

/** What became of a reported failure; `nextRetryAt` is an ISO string. */
export interface ScheduledRetry {
  scheduled: boolean;
  nextRetryAt: string | null;
  /** What the database decided: retry_scheduled, or why there is no retry. */
  decision: string | null;
  /** Why the report did not count, or `reported_before`; null where it counted. */
  reason: string | null;
}

/** What became of a reported success. */
export interface ReportedSuccess {
  /** False where the report did not count: another executor holds the job, or it has ended. */
  accepted: boolean;
  status: string | null;
  decision: string | null;
  reason: string | null;
}

const stateSchema = z.object({
  jobId: z.guid(),
  jobType: z.string(),
  status: z.string(),
  finalStatus: z.string().nullable(),
  stopReason: z.string().nullable(),
  retryCount: z.int(),
  executionAttempts: z.int(),
  nextRetryAt: z.string().nullable(),
  cancelRequestedAt: z.string().nullable(),
});

/** Where a job is after a person took a hand in it; times are ISO strings. */
export type JobState = z.infer<typeof stateSchema>;

/** The answer of `retry_job`. */
export const jobStateSchema = z.looseObject({}).transform(camelKeys).pipe(stateSchema);

const readySchema = z.object({
  jobId: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  retryCount: z.int(),
  nextRetryAt: z.string(),
  lastError: z.string().nullable(),
});

/** A retry that is due. */
export type JobReadyForRetry = z.infer<typeof readySchema>;

/** The answer of `get_jobs_ready_for_retry`. */
export const jobsReadySchema = z.array(z.looseObject({}).transform(camelKeys).pipe(readySchema));

const escalatedSchema = z.object({
  jobId: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  retryCount: z.int(),
  maxRetries: z.int(),
  lastError: z.string().nullable(),
  lastAttemptAt: z.string().nullable(),
});

/** A job that needs a human. */
export type JobNeedingEscalation = z.infer<typeof escalatedSchema>;

/** The answer of `get_jobs_needing_escalation`. */
export const jobsNeedingEscalationSchema = z.array(
  z.looseObject({}).transform(camelKeys).pipe(escalatedSchema),
);

const infoSchema = z.object({
  jobId: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  status: z.string(),
  finalStatus: z.string().nullable(),
  retryCount: z.int(),
  maxRetries: z.int().nullable(),
  retryEnabled: z.boolean(),
  nextRetryAt: z.string().nullable(),
  nextRetryReason: z.string().nullable(),
  lastAttemptAt: z.string().nullable(),
  lastError: z.string().nullable(),
  lastErrorType: z.string().nullable(),
  /** The decision that ended the job. */
  stopReason: z.string().nullable(),
  executionAttempts: z.int(),
  crashCount: z.int(),
  deadlineAt: z.string().nullable(),
});

/** A job as far as its retries go; times are ISO strings. */
export type JobRetryInfo = Omit<z.infer<typeof infoSchema>, 'maxRetries'> & {
  /** The job's own, else its policy's. */
  maxRetries: number;
};

/** The columns of a job that JobRetryInfo is made of. */
export const JOB_INFO_COLUMNS =
  'job_id:id, user_id, job_type, status, final_status, retry_count, max_retries, retry_enabled, ' +
  'next_retry_at, next_retry_reason, last_attempt_at, last_error:last_execution_error, ' +
  'last_error_type, stop_reason, execution_attempts, crash_count, deadline_at';

/** The jobs so selected. */
export const jobInfoSchema = z.array(z.looseObject({}).transform(camelKeys).pipe(infoSchema));
