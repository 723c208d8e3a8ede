import type { ClaimedJob } from '../../shared/claimed_job.ts';

/** Returns a claimed job with `changes`. */
export function claimedJob(changes: Partial<ClaimedJob> = {}): ClaimedJob {
  return {
    job_id: '7b0f6c1e-33a1-4a8e-9d0c-2f1f5f0a9b01',
    user_id: '0d9ec9b1-4f1b-4a44-8d11-94a57bb7a001',
    job_type: 'custom_job',
    job_config: { to: 'a@b.example', text: 'Grüße 😀' },
    priority: 5,
    attempt_number: 3,
    is_retry: true,
    retry_count: 2,
    max_retries: 7,
    timeout_seconds: 30,
    lease_token: '5f6a6f0e-9f6c-4a57-8a3e-8f2f6f1d0c02',
    lease_expires_at: '2026-11-24T12:00:45+00:00',
    deadline_at: '2026-11-25T12:00:00+00:00',
    endpoint_url: null,
    ...changes,
  };
}
