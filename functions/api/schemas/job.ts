import { z } from '@hono/zod-openapi';
import { answeredMoment as moment } from './answered.ts';
import { anyJson, jsonObject } from './json.ts';

export const JOB_STATUSES = [
  'pending',
  'queued',
  'running',
  'completed',
  'permanently_failed',
  'cancelled',
] as const;

/** A job without what it was given and what it gave, as lists show it. */
export const jobSummarySchema = z.object({
  id: z.guid(),
  userId: z.guid(),
  jobType: z.string(),
  priority: z.int(),
  status: z.enum(JOB_STATUSES).openapi({ description: 'Where the job is now' }),
  finalStatus: z.enum(['failed', 'completed', 'permanently_failed', 'cancelled']).nullable()
    .openapi({ description: 'How its last finished attempt ended; failed: a retry is coming' }),
  stopReason: z.string().nullable().openapi({ description: 'The decision that ended the job' }),
  scheduledAt: moment,
  nextRetryAt: moment.nullable(),
  nextRetryReason: z.string().nullable(),
  retryCount: z.int(),
  maxRetries: z.int().nullable().openapi({ description: "null: the policy's" }),
  retryEnabled: z.boolean(),
  executionAttempts: z.int(),
  crashCount: z.int(),
  lastAttemptAt: moment.nullable(),
  lastErrorType: z.string().nullable(),
  lastExecutionError: z.string().nullable(),
  executingBy: z.string().nullable(),
  executionTimeoutAt: moment.nullable(),
  cancelRequestedAt: moment.nullable(),
  deadlineAt: moment.nullable(),
  idempotencyKey: z.string().nullable(),
  campaignId: z.guid().nullable(),
  completedAt: moment.nullable().openapi({ description: 'When it ended, however it ended' }),
  createdAt: moment,
  updatedAt: moment,
}).openapi('JobSummary');

/** A whole job. */
export const jobSchema = jobSummarySchema.extend({
  jobConfig: jsonObject,
  resultData: anyJson.openapi({ description: 'What the handler returned' }),
}).openapi('Job');

/** Where a job is after a person moved it. */
export const jobStateSchema = z.object({
  jobId: z.guid(),
  jobType: z.string(),
  status: z.enum(JOB_STATUSES),
  finalStatus: z.string().nullable(),
  stopReason: z.string().nullable(),
  retryCount: z.int(),
  executionAttempts: z.int(),
  nextRetryAt: moment.nullable(),
  cancelRequestedAt: moment.nullable(),
}).openapi('JobState');
