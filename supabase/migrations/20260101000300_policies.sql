-- How each job type is retried; tuned by a plain UPDATE that the next failure follows.

create table public.puppet_job_retry_config (
  id uuid primary key default gen_random_uuid(),
  job_type text not null unique
    constraint job_type_is_1_to_100_characters
      check (btrim(job_type) <> '' and char_length(job_type) <= 100),
  max_retries int not null default 5
    constraint max_retries_is_0_to_1000000 check (max_retries between 0 and 1000000),
  base_delay_seconds int not null default 7200
    constraint base_delay_is_at_least_a_second check (base_delay_seconds >= 1),
  backoff_multiplier numeric not null default 2.0
    constraint backoff_multiplier_is_1_to_100 check (backoff_multiplier between 1 and 100),
  max_delay_seconds int not null default 86400,
  jitter_enabled boolean not null default true,
  max_jitter_seconds int not null default 300
    constraint max_jitter_is_not_negative check (max_jitter_seconds >= 0),
  jitter_strategy text not null default 'additive'
    constraint jitter_strategy_is_known check (jitter_strategy in ('additive', 'full', 'equal')),
  delay_schedule_seconds int[]
    constraint delay_schedule_is_1_to_100_waits check (
      cardinality(delay_schedule_seconds) between 1 and 100
      and array_ndims(delay_schedule_seconds) = 1
      and array_position(delay_schedule_seconds, null) is null
      and 0 <= all (delay_schedule_seconds)),
  max_retry_after_seconds int not null default 604800
    constraint max_retry_after_is_not_negative check (max_retry_after_seconds >= 0),
  max_elapsed_seconds int
    constraint max_elapsed_is_positive check (max_elapsed_seconds > 0),
  timeout_seconds int not null default 30
    constraint timeout_is_a_second_to_a_day check (timeout_seconds between 1 and 86400),
  max_crashes int not null default 3
    constraint max_crashes_is_1_to_100 check (max_crashes between 1 and 100),
  escalation_enabled boolean not null default true,
  escalation_threshold int not null default 3
    constraint escalation_threshold_is_positive check (escalation_threshold > 0),
  retry_on_error_types text[] not null
    default '{timeout,network,rate_limit,temporary_error,unknown_error}',
  do_not_retry_on text[] not null default '{authentication,permission,validation_error}',
  enabled boolean not null default true,
  endpoint_url text
    constraint endpoint_url_is_an_http_url
      check (endpoint_url ~ '^https?://[^\s]+$' and char_length(endpoint_url) <= 2048)
    constraint endpoint_url_has_no_user_name_or_password
      check (endpoint_url !~ '^https?://[^/?#\\]*@'),
  signing_secret_name text
    constraint signing_secret_name_is_not_empty check (btrim(signing_secret_name) <> ''),
  owners_may_enqueue boolean not null default true,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint max_delay_is_at_least_base_delay check (max_delay_seconds >= base_delay_seconds),
  constraint error_types_are_not_null check (
    array_position(retry_on_error_types, null) is null
    and array_position(do_not_retry_on, null) is null)
);

comment on table public.puppet_job_retry_config is
  'Policies, one row per job type; the row default serves the types that have none.';
comment on column public.puppet_job_retry_config.max_retries is
  'Retries after the first attempt; a job''s own max_retries goes before.';
comment on column public.puppet_job_retry_config.backoff_multiplier is
  'Wait n is base_delay_seconds times this to the power n; 1 is a fixed delay.';
comment on column public.puppet_job_retry_config.delay_schedule_seconds is
  'Explicit waits instead of the formula; the last one repeats.';
comment on column public.puppet_job_retry_config.max_retry_after_seconds is
  'The longest wait that a server''s Retry-After may ask for; may exceed max_delay_seconds.';
comment on column public.puppet_job_retry_config.endpoint_url is
  'Jobs of this type are delivered there by signed POST; never inherited from default.';
comment on column public.puppet_job_retry_config.signing_secret_name is
  'Vault secret that signs deliveries; the secret <name>_previous signs too while it exists.';
