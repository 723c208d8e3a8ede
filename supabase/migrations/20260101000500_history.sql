-- One engine row for every attempt that failed and every retry that succeeded, and what the
-- database decided about it.

create table public.puppet_job_retry_history (
  id uuid primary key default puppet_private.uuid_v7(),
  job_id uuid not null references public.puppet_jobs (id) on delete cascade,
  user_id uuid not null,
  job_type text not null,
  attempt_number int not null
    constraint attempt_number_is_positive check (attempt_number > 0),
  is_retry boolean not null default false,
  attempted_at timestamptz not null default now(),
  duration_ms int
    constraint duration_is_not_negative check (duration_ms >= 0),
  success boolean not null,
  error_type text,
  error_message text
    constraint error_message_is_at_most_8_kb check (octet_length(error_message) <= 8192),
  decision text
    constraint decision_is_known check (decision = any (
      '{retry_scheduled,succeeded,succeeded_late,max_retries_reached,error_not_retryable,'
      'retries_disabled,policy_disabled,max_elapsed_reached,deadline_passed,crash_limit_reached,'
      'cancelled}')),
  delay_seconds int
    constraint delay_is_not_negative check (delay_seconds >= 0),
  backoff_multiplier numeric,
  jitter_seconds int,
  next_retry_at timestamptz,
  retry_reason text not null default 'automatic',
  executor_id text not null default 'unknown',
  execution_context jsonb,
  logged_by text not null default 'caller'
    constraint logged_by_is_known check (logged_by = any ('{engine,caller}')),
  created_at timestamptz not null default now(),
  constraint times_are_from_2000_to_9999 check (
    least(attempted_at, next_retry_at, created_at) >= '2000-01-01T00:00:00Z'
    and greatest(attempted_at, next_retry_at, created_at) < '9999-12-31T00:00:00Z'),
  constraint engine_rows_have_a_decision check (logged_by <> 'engine' or decision is not null)
);

comment on table public.puppet_job_retry_history is
  'Attempts. Engine rows are written with the move they tell of; caller rows stay out of analytics.';
comment on column public.puppet_job_retry_history.attempt_number is
  'execution_attempts of the job at that attempt.';
comment on column public.puppet_job_retry_history.delay_seconds is
  'The wait this row scheduled; null when none, so that averages are true.';

-- One index for three uses: an engine row per attempt, a job's history in order, and the cascade.
-- The third column is null for engine rows (unique per attempt) and the row itself for the others.
create unique index puppet_job_retry_history_attempt_idx
  on public.puppet_job_retry_history (
    job_id, attempt_number, (case when logged_by <> 'engine' then id end))
  nulls not distinct;

create index puppet_job_retry_history_owner_idx
  on public.puppet_job_retry_history (user_id, attempted_at desc);

-- The latest attempts of all, in the order of the list.
create index puppet_job_retry_history_latest_idx
  on public.puppet_job_retry_history (attempted_at, id);

create index puppet_job_retry_history_time_idx
  on public.puppet_job_retry_history using brin (attempted_at) with (autosummarize = on);
