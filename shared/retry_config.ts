import { z } from 'zod';
import { camelKeys } from './case_names.ts';

/** How a policy may spread its waits; the table's check says the same. */
export const JITTER_STRATEGIES = ['additive', 'full', 'equal'] as const;

const changeable = {
  maxRetries: z.int(),
  baseDelaySeconds: z.int(),
  backoffMultiplier: z.number(),
  maxDelaySeconds: z.int(),
  jitterEnabled: z.boolean(),
  maxJitterSeconds: z.int(),
  jitterStrategy: z.enum(JITTER_STRATEGIES),
  delayScheduleSeconds: z.array(z.int()).nullable(),
  maxRetryAfterSeconds: z.int(),
  maxElapsedSeconds: z.int().nullable(),
  timeoutSeconds: z.int(),
  maxCrashes: z.int(),
  escalationEnabled: z.boolean(),
  escalationThreshold: z.int(),
  retryOnErrorTypes: z.array(z.string()),
  doNotRetryOn: z.array(z.string()),
  enabled: z.boolean(),
  endpointUrl: z.string().nullable(),
  signingSecretName: z.string().nullable(),
  ownersMayEnqueue: z.boolean(),
  description: z.string().nullable(),
};

const configSchema = z.object({
  id: z.guid(),
  /** Whose row it is: `default` where the type has none. */
  jobType: z.string(),
  ...changeable,
  createdAt: z.string(),
  updatedAt: z.string(),
});

/** A policy: how the jobs of a type are retried. Times are ISO strings. */
export type RetryConfig = z.infer<typeof configSchema>;

/** A row of `puppet_job_retry_config`. */
export const retryConfigSchema = z.looseObject({}).transform(camelKeys).pipe(configSchema);

/** What may be changed of a policy; what values make sense, the table's checks say. */
export const retryConfigChangeSchema = z.strictObject(changeable).partial().refine(
  (change) => Object.values(change).some((value) => value !== undefined),
  'give at least one field to change',
);

/** The fields of a policy to change. */
export type RetryConfigChange = z.input<typeof retryConfigChangeSchema>;

/** The numbers that `calculate_retry_delay` knows; schedules and other jitter it does not. */
export const delayFormulaSchema = z.object({
  baseDelaySeconds: z.int(),
  backoffMultiplier: z.number(),
  maxDelaySeconds: z.int(),
  jitterEnabled: z.boolean(),
  maxJitterSeconds: z.int(),
  jitterStrategy: z.literal('additive'),
  delayScheduleSeconds: z.null(),
}).partial();

/** The numbers of a backoff; a whole RetryConfig will do. Seconds. */
export type DelayFormula = Partial<
  Pick<
    RetryConfig,
    | 'baseDelaySeconds'
    | 'backoffMultiplier'
    | 'maxDelaySeconds'
    | 'jitterEnabled'
    | 'maxJitterSeconds'
    | 'jitterStrategy'
    | 'delayScheduleSeconds'
  >
>;
