import { z } from '@hono/zod-openapi';
import { JITTER_STRATEGIES } from '../../../shared/retry_config.ts';
import { answeredMoment } from './answered.ts';
import { closedObject } from './closed_object.ts';
import { jobTypeSchema } from './parameters.ts';
import { storableText } from './storable.ts';

const seconds = z.int32();
const errorTypes = z.array(z.string());

/** What a policy says. */
const terms = {
  maxRetries: z.int32().openapi({ description: 'After the first attempt. Default 5' }),
  baseDelaySeconds: seconds.openapi({ description: 'Default 7200' }),
  backoffMultiplier: z.number().openapi({ description: '1 is a fixed delay. Default 2' }),
  maxDelaySeconds: seconds.openapi({ description: 'Default 86400' }),
  jitterEnabled: z.boolean(),
  maxJitterSeconds: seconds.openapi({ description: 'Default 300' }),
  jitterStrategy: z.enum(JITTER_STRATEGIES),
  delayScheduleSeconds: z.array(seconds).nullable().openapi({
    description: 'Explicit waits instead of the formula; the last one repeats',
  }),
  maxRetryAfterSeconds: seconds,
  maxElapsedSeconds: seconds.nullable(),
  timeoutSeconds: seconds.openapi({ description: 'Of one attempt. Default 30' }),
  maxCrashes: z.int32(),
  escalationEnabled: z.boolean(),
  escalationThreshold: z.int32(),
  retryOnErrorTypes: errorTypes,
  doNotRetryOn: errorTypes,
  enabled: z.boolean(),
  endpointUrl: z.string().nullable().openapi({
    description: 'Jobs of this type are delivered there by signed POST',
  }),
  signingSecretName: z.string().nullable().openapi({ description: 'A Vault secret' }),
  ownersMayEnqueue: z.boolean(),
  description: z.string().nullable(),
};

/** A policy, as it is answered. */
export const policySchema = z.object({
  jobType: z.string(),
  ...terms,
  createdAt: answeredMoment,
  updatedAt: answeredMoment,
}).openapi('Policy');

const newErrorTypes = z.array(storableText(100)).max(100);

/** Ranges and how fields go together are the database's to check (422). */
const newTerms = {
  ...terms,
  delayScheduleSeconds: z.array(seconds).min(1).max(100).nullable().openapi({
    description: 'Explicit waits instead of the formula; the last one repeats',
  }),
  retryOnErrorTypes: newErrorTypes,
  doNotRetryOn: newErrorTypes,
  endpointUrl: storableText(2048, 0).nullable().openapi({
    description: 'Jobs of this type are delivered there by signed POST',
  }),
  signingSecretName: storableText(200, 0).nullable().openapi({ description: 'A Vault secret' }),
  description: storableText(10_000, 0).nullable(),
};

/** A policy as it is put: what is left out gets its default. */
export const policyTermsSchema = closedObject(newTerms).partial().openapi('PolicyTerms');

/** What of a policy is to change. */
export const policyChangesSchema = policyTermsSchema.refine(
  (changes) => Object.keys(changes).length > 0,
  { message: 'must name at least one field to change' },
).openapi('PolicyChanges');

/** A policy's job type in a path. */
export const policyPath = z.object({
  jobType: jobTypeSchema.openapi({ param: { name: 'jobType', in: 'path' } }),
});

/** The names of all terms. */
export const TERMS = Object.keys(terms);
