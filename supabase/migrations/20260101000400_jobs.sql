-- One row per job: where it is now, how its last attempt ended, and who holds it.
--
-- Times are ones that every client can read: no infinity, no year before 2000 or of five digits.

create table public.puppet_jobs (
  -- First what an enqueued job keeps, then what its moves change: where wal_level is not logical, an
  -- update that stays on its page writes to the log from the first change to the last.
  id uuid primary key default puppet_private.uuid_v7(),
  user_id uuid not null,
  job_type text not null default 'default'
    constraint job_type_is_1_to_100_characters
      check (btrim(job_type) <> '' and char_length(job_type) <= 100),
  job_config jsonb not null default '{}'
    constraint job_config_is_an_object check (jsonb_typeof(job_config) = 'object')
    constraint job_config_is_at_most_256_kb check (pg_column_size(job_config) <= 262144),
  priority int not null default 5
    constraint priority_is_1_to_10 check (priority between 1 and 10),
  scheduled_at timestamptz not null default now()
    constraint scheduled_at_is_from_2000_to_9999
      check (scheduled_at >= '2000-01-01T00:00:00Z' and scheduled_at < '9999-12-31T00:00:00Z'),
  max_retries int
    constraint max_retries_is_0_to_1000000 check (max_retries between 0 and 1000000),
  retry_enabled boolean not null default true,
  deadline_at timestamptz
    constraint deadline_at_is_from_2000_to_9999
      check (deadline_at >= '2000-01-01T00:00:00Z' and deadline_at < '9999-12-31T00:00:00Z'),
  idempotency_key text
    constraint idempotency_key_is_1_to_255_characters
      check (char_length(idempotency_key) between 1 and 255),
  campaign_id uuid,
  created_at timestamptz not null default now(),

  status text not null default 'pending'
    constraint status_is_known check (
      status = any ('{pending,queued,running,completed,permanently_failed,cancelled}')),
  final_status text
    constraint final_status_is_known check (
      final_status = any ('{failed,completed,permanently_failed,cancelled}')),
  retry_count int not null default 0
    constraint retry_count_is_not_negative check (retry_count >= 0),
  next_retry_at timestamptz,
  retry_window_started_at timestamptz not null default now(),
  last_attempt_at timestamptz,
  last_execution_error text,
  last_error_type text,
  stop_reason text
    constraint stop_reason_is_known check (stop_reason = any (
      '{succeeded,succeeded_late,max_retries_reached,error_not_retryable,retries_disabled,'
      'policy_disabled,max_elapsed_reached,deadline_passed,crash_limit_reached,cancelled}')),
  execution_attempts int not null default 0,
  crash_count int not null default 0,
  snooze_count int not null default 0,
  release_count int not null default 0,
  executing_by text,
  executing_at timestamptz,
  execution_timeout_at timestamptz,
  lease_token uuid,
  claim_token uuid,
  settled_token uuid,
  settled_outcome text,
  cancel_requested_at timestamptz,
  next_retry_reason text,
  result_data jsonb,
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  -- Every statement that writes a job parses the text of all constraints anew, which takes a tenth
  -- of a millisecond: so they are short, lists are arrays, and the times that the engine writes
  -- have one for all.
  constraint times_are_from_2000_to_9999 check (
    least(
      next_retry_at, retry_window_started_at, last_attempt_at, executing_at, execution_timeout_at,
      cancel_requested_at, completed_at, created_at, updated_at) >= '2000-01-01T00:00:00Z'
    and greatest(
      next_retry_at, retry_window_started_at, last_attempt_at, executing_at, execution_timeout_at,
      cancel_requested_at, completed_at, created_at, updated_at) < '9999-12-31T00:00:00Z'),
  constraint terminal_means_final_status_equals_status check (
    (status = any ('{completed,permanently_failed,cancelled}'))
    = coalesce(final_status = status, false)),
  constraint terminal_has_no_next_retry_and_has_ended check (
    status <> all ('{completed,permanently_failed,cancelled}')
    or (next_retry_at is null and completed_at is not null)),
  constraint running_is_held_and_nothing_else_is check (
    num_nonnulls(executing_by, executing_at, execution_timeout_at)
      = case status when 'running' then 3 else 0 end
    and (status <> 'running' or lease_token is not null)),
  constraint waiting_has_not_ended check (final_status in ('failed', status)),
  constraint queued_failure_has_a_next_retry check (
    status <> 'queued' or final_status is null or next_retry_at is not null),
  constraint pending_has_never_failed check (status <> 'pending' or final_status is null)
)
-- Room for some of the versions that moves make of a job. For all of them, 35, the table is two
-- thirds larger, and outgrows the caches sooner than it gains.
with (fillfactor = 70);

comment on table public.puppet_jobs is
  'Jobs. status is where a job is now, final_status how its last finished attempt ended; '
  'due is coalesce(next_retry_at, scheduled_at).';
comment on column public.puppet_jobs.max_retries is 'Null: the policy of the job type decides.';
comment on column public.puppet_jobs.retry_window_started_at is
  'Where max_elapsed_seconds counts from: scheduled_at, or when the last manual retry of the ended '
  'job was made or was to run, the later.';
comment on column public.puppet_jobs.stop_reason is 'The decision that ended the job.';
comment on column public.puppet_jobs.execution_attempts is
  'One more at every claim, never less; gaps in the history are attempts that left no row.';
comment on column public.puppet_jobs.release_count is
  'Times handed back in a row since the last settled attempt.';
comment on column public.puppet_jobs.lease_token is
  'The last token given out; null where a retry by hand took it back.';
comment on column public.puppet_jobs.claim_token is
  'The token that the claiming executor gave, by which it can repeat the claim.';
comment on column public.puppet_jobs.settled_token is
  'The last token settled; with settled_outcome it tells a repeated settle from a contradiction.';
comment on column public.puppet_jobs.idempotency_key is
  'Unique per user_id and job_type; freed 7 days after the job ended.';
comment on column public.puppet_jobs.completed_at is 'When the job ended, however it ended.';
