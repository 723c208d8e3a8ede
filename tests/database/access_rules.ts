/** Who may call the functions of schema public, beyond their owner; the contract, section 4. */
export const FUNCTION_CALLERS: Record<string, string[]> = {
  calculate_retry_delay: ['authenticated', 'service_role'],
  get_retry_config: ['service_role'],
  schedule_job_retry: ['service_role'],
  report_job_outcome: ['service_role'],
  get_jobs_ready_for_retry: ['service_role'],
  get_jobs_needing_escalation: ['service_role'],
  get_decision_on_failure: ['service_role'],
  enqueue_jobs: ['authenticated', 'service_role'],
  claim_jobs: ['service_role'],
  settle_jobs: ['service_role'],
  settle_and_claim_jobs: ['service_role'],
  extend_job_leases: ['service_role'],
  release_jobs: ['service_role'],
  rescue_expired_jobs: ['service_role'],
  retry_job: ['authenticated', 'service_role'],
  // The API's manual retry under an Idempotency-Key.
  retry_job_once: ['authenticated', 'service_role'],
  cancel_job: ['authenticated', 'service_role'],
  explain_job: ['authenticated', 'service_role'],
  // For admins: the function itself tells them from other signed-in users.
  retry_jobs: ['authenticated', 'service_role'],
  get_retry_analytics: ['authenticated', 'service_role'],
  list_attempts: ['authenticated', 'service_role'],
  list_failed_jobs: ['authenticated', 'service_role'],
  prune_retry_history: ['service_role'],
  prune_jobs: ['service_role'],
  tick_retry_processor: ['service_role'],
  arm_ticks: ['service_role'],
  // What the API's routes of the same names answer.
  get_queue_state: ['service_role'],
  get_health_details: ['service_role'],
  // What only processors call.
  register_handled_types: ['service_role'],
  accept_tick: ['service_role'],
  finish_tick: ['service_role'],
  get_endpoint_secrets: ['service_role'],
};

/** The same for schema puppet_private: what a policy or a column's default asks as the user. */
export const PRIVATE_FUNCTION_CALLERS: Record<string, string[]> = {
  uuid_v7: ['authenticated', 'service_role'],
  owner_may_enqueue: ['authenticated'],
};

type Verb = 'select' | 'insert' | 'update' | 'delete';

/** Which verbs a role may use on each table and view; roles left out may use none. */
export const RELATION_VERBS: Record<string, Record<string, Verb[]>> = {
  'public.puppet_jobs': {
    authenticated: ['select', 'insert'],
    service_role: ['select', 'insert', 'update', 'delete'],
  },
  'public.puppet_job_retry_history': {
    authenticated: ['select'],
    service_role: ['select', 'insert', 'update', 'delete'],
  },
  // Row security leaves signed-in users nothing to see here, unless they are admins.
  'public.puppet_job_retry_config': {
    authenticated: ['select'],
    service_role: ['select', 'insert', 'update', 'delete'],
  },
  'public.puppet_handled_types': { service_role: ['select'] },
  'public.puppet_tick_receipts': { service_role: ['select'] },
  'public.puppet_retry_stats_by_type': { authenticated: ['select'], service_role: ['select'] },
  'public.puppet_recent_retry_activity': { authenticated: ['select'], service_role: ['select'] },
  'public.puppet_jobs_pending_retry': { authenticated: ['select'], service_role: ['select'] },
  'puppet_private.idempotent_requests': {},
  'puppet_private.settings': {},
  'puppet_private.job_summaries': {},
  'puppet_private.patterns': {},
  'puppet_private.waiting_jobs': {},
};
