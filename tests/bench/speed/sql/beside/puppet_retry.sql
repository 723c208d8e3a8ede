-- parked
-- As the engine leaves them, their attempts among them.
with parked as (
  insert into public.puppet_jobs (
    user_id, job_type, job_config, status, final_status, retry_count, next_retry_at,
    execution_attempts, last_attempt_at, last_error_type, last_execution_error, lease_token,
    claim_token, settled_token, settled_outcome)
  select
    ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
    'bench', '{"to": "somebody@example.com"}', 'queued', 'failed', 1,
    now() + interval '1 day' * (0.1 + random()), 1, now(), 'network', 'connection reset', token,
    token, token, 'failed'
  from generate_series(1::bigint, :n) n
  -- n makes it another token for each job.
  cross join lateral (select gen_random_uuid() as token, n as of_n) t
  returning id, user_id, next_retry_at
)
insert into public.puppet_job_retry_history (
  job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
  error_type, error_message, decision, delay_seconds, backoff_multiplier, next_retry_at,
  executor_id, logged_by)
select p.id, p.user_id, 'bench', 1, false, now(), 10, false, 'network', 'connection reset',
  'retry_scheduled', extract(epoch from p.next_retry_at - now())::int, 2, p.next_retry_at, 'bench',
  'engine'
from parked p;

-- unclaimed
insert into public.puppet_jobs (user_id, job_type, job_config, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'other', '{"to": "somebody@example.com"}',
  now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n);
