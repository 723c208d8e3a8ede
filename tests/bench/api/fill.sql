-- The :jobs jobs of 8 types and 1001 owners, one of whom owns a tenth of all, and two attempts
-- for each job. Indexes and constraints are the shipped ones.

create temporary table filling as
select
  n,
  gen_random_uuid() as id,
  case
    when n % 10 = 0 then '00000000-0000-4000-8000-0000000000b1'::uuid
    else ('00000000-0000-4000-8000-' || lpad((n / 10 % 1000)::text, 12, '0'))::uuid
  end as user_id,
  -- The last type is rare: one job in a thousand.
  case when n % 1000 = 7 then 'type_8' else 'type_' || (1 + n % 7) end as job_type,
  1 + (n / 7) % 10 as priority,
  -- Evenly over 90 days, the newest last.
  now() - interval '90 days' * (1 - n / :jobs::numeric) as created_at,
  case
    when n % 100 < 60 then 'completed'
    when n % 100 < 70 then 'permanently_failed'
    when n % 100 < 72 then 'cancelled'
    when n % 100 < 97 then 'queued'
    when n % 1000 < 999 then 'pending'
    else 'running'
  end as status
from generate_series(1, :jobs) n;

insert into public.puppet_jobs (
  id, user_id, job_type, job_config, priority, status, final_status, scheduled_at, retry_count,
  next_retry_at, last_attempt_at, last_execution_error, last_error_type, stop_reason,
  execution_attempts, executing_by, executing_at, execution_timeout_at, lease_token, completed_at,
  created_at, updated_at)
select f.id, f.user_id, f.job_type, jsonb_build_object('url', 'https://example.com/' || f.n),
  f.priority, f.status,
  case f.status
    when 'queued' then 'failed'
    when 'pending' then null
    when 'running' then null
    else f.status
  end,
  f.created_at, f.n % 7,
  -- A hundredth of those that wait is due.
  case
    when f.status = 'queued' then now() + interval '1 day' * (random() - 0.01)
  end,
  f.created_at + interval '1 minute',
  case when f.status <> 'completed' then 'connection refused by the other side' end,
  case when f.status <> 'completed' then 'network' end,
  case f.status
    when 'completed' then 'succeeded'
    when 'permanently_failed' then 'max_retries_reached'
    when 'cancelled' then 'cancelled'
  end,
  2,
  case when f.status = 'running' then 'bench' end,
  case when f.status = 'running' then now() end,
  case when f.status = 'running' then now() + interval '1 hour' end,
  case when f.status = 'running' then gen_random_uuid() end,
  case when f.status in ('completed', 'permanently_failed', 'cancelled')
    then f.created_at + interval '1 minute' end,
  f.created_at, f.created_at
from filling f
order by f.n;

insert into public.puppet_job_retry_history (
  job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
  error_type, error_message, decision, delay_seconds, backoff_multiplier, jitter_seconds,
  next_retry_at, executor_id, logged_by, created_at)
select f.id, f.user_id, f.job_type, attempt, attempt = 2,
  f.created_at + interval '30 seconds' * attempt, (random() * 2000)::int,
  attempt = 2 and f.status = 'completed',
  case
    when attempt = 2 and f.status = 'completed' then null
    -- One in ten thousand is of a rare type.
    when f.n % 10000 = 3 then 'authentication'
    when f.n % 2 = 0 then 'network'
    else 'timeout'
  end,
  case when not (attempt = 2 and f.status = 'completed')
    then 'connection refused by the other side' end,
  case
    when attempt = 1 then 'retry_scheduled'
    when f.status = 'completed' then 'succeeded'
    when f.status = 'permanently_failed' then 'max_retries_reached'
    when f.status = 'cancelled' then 'cancelled'
    else 'retry_scheduled'
  end,
  case when attempt = 1 then 30 end, 2, 3,
  case when attempt = 1 then f.created_at + interval '1 minute' end, 'bench', 'engine',
  f.created_at + interval '30 seconds' * attempt
from filling f
cross join generate_series(1, 2) attempt
order by f.n, attempt;

insert into public.puppet_handled_types (job_type, source)
select 'type_' || n, 'handler' from generate_series(1, 7) n;

insert into public.puppet_job_retry_config (job_type)
select 'type_' || n from generate_series(1, 8) n;

drop table filling;
