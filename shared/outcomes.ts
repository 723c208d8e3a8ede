import { z } from 'zod';
import { cleanJson, cleanText, type JsonValue } from './clean_text.ts';

/** Largest error message, in bytes of UTF-8; the database keeps no more. */
const MAX_MESSAGE_BYTES = 8192;
/** Largest result, in bytes of its JSON. */
const MAX_RESULT_BYTES = 64 * 1024;

/** What an attempt ended as, in the words of `settle_jobs`; seconds and milliseconds are whole. */
export type Outcome =
  | { outcome: 'completed'; result?: unknown }
  | {
    outcome: 'failed';
    error_type: string;
    error_message: string;
    retry_after_seconds?: number | undefined;
  }
  | { outcome: 'cancelled' }
  | { outcome: 'snoozed'; snooze_seconds: number };

/** An outcome as it is sent: bounded, and clean of what Postgres cannot store. */
export type SentOutcome = { [key: string]: JsonValue };

/** One answer of `settle_jobs`. */
export const settledSchema = z.object({
  job_id: z.string().nullable(),
  accepted: z.boolean(),
  replayed: z.boolean(),
  status: z.string().nullable(),
  decision: z.string().nullable(),
  reason: z.string().nullable(),
  next_retry_at: z.string().nullable(),
});

/** One answer of `settle_jobs`. */
export type Settled = z.infer<typeof settledSchema>;

/** Binds an outcome to the lease it was reached under; messages are cut at 8 kB, results at 64 kB. */
export function sendable(
  lease: { job_id: string; lease_token: string },
  outcome: Outcome,
  durationMs: number,
): SentOutcome {
  const sent: SentOutcome = {
    job_id: lease.job_id,
    lease_token: lease.lease_token,
    outcome: outcome.outcome,
    duration_ms: Math.max(0, Math.round(durationMs)),
  };
  if (outcome.outcome === 'completed') {
    const result = cleanJson(outcome.result, MAX_RESULT_BYTES);
    if (result !== undefined) sent.result = result;
  }
  if (outcome.outcome === 'snoozed') sent.snooze_seconds = outcome.snooze_seconds;
  if (outcome.outcome === 'failed') {
    sent.error_type = cleanText(outcome.error_type, 100);
    sent.error_message = cleanText(outcome.error_message, MAX_MESSAGE_BYTES);
    if (outcome.retry_after_seconds !== undefined) {
      sent.retry_after_seconds = outcome.retry_after_seconds;
    }
  }
  return sent;
}
