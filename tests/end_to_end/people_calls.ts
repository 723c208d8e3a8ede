import type { Person } from './people.ts';

/** Whose job a call is about. */
export interface Target {
  owner: Person;
  jobId: string;
}

const executor = { p_executor_id: 'somebody' };
const receipt = { p_receipt_id: '00000000-0000-4000-8000-00000000a11e' };

/** For each function of the Data API, a call about the target's job or type that makes sense. */
export const CALLS: Record<string, (target: Target) => Record<string, unknown>> = {
  calculate_retry_delay: () => ({ p_retry_count: 0 }),
  enqueue_jobs: ({ owner }) => ({
    p_jobs: [{ user_id: owner.userId, job_type: owner.jobType }],
  }),
  retry_job: ({ jobId }) => ({ p_job_id: jobId }),
  retry_job_once: ({ jobId }) => ({ p_job_id: jobId, p_idempotency_key: crypto.randomUUID() }),
  cancel_job: ({ jobId }) => ({ p_job_id: jobId, p_reason: 'no longer wanted' }),
  explain_job: ({ jobId }) => ({ p_job_id: jobId }),
  retry_jobs: ({ jobId }) => ({ p_filter: { job_ids: [jobId] }, p_dry_run: false }),
  get_retry_analytics: ({ owner }) => ({ p_job_type: owner.jobType }),
  list_attempts: ({ jobId }) => ({ p_job_id: jobId }),
  list_failed_jobs: ({ owner }) => ({ p_status: 'failed', p_job_type: owner.jobType }),
  get_retry_config: ({ owner }) => ({ p_job_type: owner.jobType }),
  get_decision_on_failure: ({ jobId }) => ({ p_job_id: jobId }),
  schedule_job_retry: ({ jobId }) => ({ p_job_id: jobId, p_error_message: 'it broke' }),
  report_job_outcome: ({ jobId }) => ({ p_job_id: jobId, p_outcome: 'completed' }),
  get_jobs_ready_for_retry: () => ({}),
  get_jobs_needing_escalation: () => ({}),
  claim_jobs: ({ owner }) => ({ ...executor, p_job_types: [owner.jobType] }),
  settle_jobs: () => ({ ...executor, p_outcomes: [] }),
  settle_and_claim_jobs: ({ owner }) => ({
    ...executor,
    p_outcomes: [],
    p_job_types: [owner.jobType],
  }),
  extend_job_leases: () => ({ ...executor, p_jobs: [], p_seconds: 30 }),
  release_jobs: () => ({ ...executor, p_jobs: [], p_reason: 'shutdown' }),
  rescue_expired_jobs: () => ({}),
  prune_retry_history: () => ({}),
  prune_jobs: () => ({}),
  tick_retry_processor: () => ({}),
  arm_ticks: () => ({ p_project_url: 'https://example.supabase.co' }),
  register_handled_types: ({ owner }) => ({ p_job_types: [owner.jobType] }),
  accept_tick: () => ({ ...receipt, p_timestamp: 0, p_signature: 'v1,forged' }),
  finish_tick: () => ({ ...receipt, p_counts: {} }),
  get_endpoint_secrets: ({ owner }) => ({ p_job_types: [owner.jobType] }),
  get_queue_state: () => ({}),
  get_health_details: () => ({}),
};

/** For each table and view, a row that the service could insert for the owner. */
export const ROWS: Record<string, (target: Target) => Record<string, unknown>> = {
  puppet_jobs: ({ owner }) => ({ user_id: owner.userId, job_type: owner.jobType }),
  puppet_job_retry_history: ({ owner, jobId }) => ({
    job_id: jobId,
    user_id: owner.userId,
    job_type: owner.jobType,
    attempt_number: 1,
    success: false,
  }),
  puppet_job_retry_config: () => ({ job_type: `made_up_${crypto.randomUUID()}` }),
  puppet_handled_types: () => ({ job_type: 'made_up', source: 'handler' }),
  puppet_tick_receipts: () => ({ error: 'made up' }),
  puppet_jobs_pending_retry: ({ owner }) => ({ user_id: owner.userId, job_type: owner.jobType }),
  puppet_retry_stats_by_type: ({ owner }) => ({ job_type: owner.jobType }),
  puppet_recent_retry_activity: ({ owner, jobId }) => ({
    job_id: jobId,
    user_id: owner.userId,
    job_type: owner.jobType,
    attempt_number: 1,
    success: false,
  }),
};
