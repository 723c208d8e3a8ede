import { z } from 'zod';

const timestamp = z.iso.datetime({ offset: true });

/** The shape of one job as `claim_jobs` hands it out; keys it does not name are dropped. */
export const claimedJobSchema = z.object({
  // guid, not uuid: Postgres takes any 128 bits, zod's uuid only those with an RFC 9562 version.
  job_id: z.guid(),
  user_id: z.guid(),
  job_type: z.string().min(1),
  job_config: z.record(z.string(), z.unknown()),
  priority: z.int().min(1).max(10),
  attempt_number: z.int().min(1),
  is_retry: z.boolean(),
  retry_count: z.int().min(0),
  max_retries: z.int().min(0),
  timeout_seconds: z.int().min(1),
  lease_token: z.guid(),
  lease_expires_at: timestamp,
  deadline_at: timestamp.nullable(),
  endpoint_url: z.string().nullable(),
});

/** One job under a lease; times are ISO strings with an offset, `timeout_seconds` is for one attempt. */
export type ClaimedJob = z.infer<typeof claimedJobSchema>;
