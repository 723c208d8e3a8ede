-- With an earlier retry system: columns, tables, functions and views of the names that ours have.

create type public.puppet_status as enum (
  'pending', 'queued', 'running', 'in_progress', 'completed', 'failed', 'warning', 'cancelled',
  'rate_limited', 'permanently_failed');

create table public.puppet_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  linkedin_profile_url text not null,
  message text,
  status public.puppet_status not null default 'pending',
  final_status text,
  max_retries int not null default 2,
  retry_count int default 0,
  retry_enabled boolean default true,
  next_retry_at timestamptz,
  last_attempt_at timestamptz,
  execution_attempts int default 0,
  last_execution_error text,
  priority smallint default 5,
  scheduled_at timestamptz default now(),
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table public.puppet_job_retry_history (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null,
  attempt_number int not null,
  attempted_at timestamptz default now(),
  error_message text,
  error_type text,
  success boolean default false,
  delay_seconds int,
  backoff_multiplier numeric(5, 2),
  jitter_seconds int,
  next_retry_at timestamptz,
  retry_reason text,
  executor_id text,
  execution_context jsonb,
  worker_region text default 'eu',
  created_at timestamptz default now()
);

create table public.puppet_job_retry_config (
  id uuid primary key default gen_random_uuid(),
  job_type text not null unique,
  max_retries int default 5,
  base_delay_seconds int default 7200,
  backoff_multiplier numeric default 2.0,
  max_delay_seconds int default 86400,
  jitter_enabled boolean default true,
  max_jitter_seconds int default 300,
  escalation_enabled boolean default true,
  escalation_threshold int default 3,
  retry_on_error_types text[] default '{timeout,network}',
  do_not_retry_on text[] default '{authentication}',
  enabled boolean default true,
  description text,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

insert into public.puppet_job_retry_config (
  job_type, max_retries, base_delay_seconds, backoff_multiplier, max_delay_seconds,
  max_jitter_seconds, escalation_threshold, retry_on_error_types, enabled, description)
values
  ('default', 4, 1800, 1.5, 43200, 120, 2, '{timeout,network,rate_limit}', true, 'Ours'),
  ('linkedin_outreach', 7, 600, 3, 7200, 60, 5, '{timeout,rate_limit}', true, 'Tuned in spring'),
  ('broken', -3, 0, 0.5, 0, -5, 0, array['timeout', null], false, null),
  ('huge', 2000000, 90000, 1000, 60, null, null, null, null, null);

create function public.calculate_retry_delay(
  p_retry_count int, p_base_delay_seconds int default 7200)
returns int language sql as $$ select p_base_delay_seconds * (p_retry_count + 1) $$;

create function public.get_jobs_ready_for_retry(p_limit int default 50)
returns setof public.puppet_jobs language sql stable
as $$ select * from public.puppet_jobs where next_retry_at <= now() limit p_limit $$;

create view public.puppet_jobs_pending_retry as
select id, next_retry_at from public.puppet_jobs where final_status = 'failed';

insert into public.puppet_jobs (
  id, user_id, linkedin_profile_url, message, status, final_status, retry_count, next_retry_at,
  execution_attempts, last_execution_error, priority, max_retries)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
  '00000000-0000-4000-9000-000000000001', 'https://www.linkedin.com/in/person-' || n, 'Hello ' || n,
  status::public.puppet_status, final_status, retries,
  case when final_status = 'failed' then now() + interval '3 hours' end, retries + 1, error,
  priority, 3
from (
  values
    (1, 'pending', null, 0, null, 5), (2, 'failed', 'failed', 1, 'timed out', 9),
    (3, 'failed', 'failed', 3, 'timed out', 12), (4, 'running', null, 2, 'timed out', 0),
    (5, 'completed', 'completed', 1, null, 1), (6, 'rate_limited', null, 3, '429', null),
    (7, 'permanently_failed', 'permanently_failed', 3, 'gone', 5), (8, 'queued', null, 0, null, 5)
) old (n, status, final_status, retries, error, priority);

insert into public.puppet_job_retry_history (
  job_id, attempt_number, error_message, error_type, success, delay_seconds, backoff_multiplier,
  executor_id, execution_context)
select j.id, a.n, repeat('it timed out ', 1000), 'timeout', false, 7200, 2, 'worker-' || a.n,
  '{"region": null}'
from public.puppet_jobs j
cross join generate_series(1, 2) a (n)
where j.retry_count > 0;
-- Twice the same attempt, one beyond what its job counts, and one of a job that is gone.
insert into public.puppet_job_retry_history (job_id, attempt_number, success)
values
  ('00000000-0000-4000-8000-000000000002', 2, true),
  ('00000000-0000-4000-8000-000000000002', 7, false),
  ('00000000-0000-4000-8000-000000000099', 1, false);

-- Made after that: it did not look at what was there, and deletes nothing by itself.
alter table public.puppet_job_retry_history
add constraint history_is_of_a_job foreign key (job_id) references public.puppet_jobs (id) not valid;
