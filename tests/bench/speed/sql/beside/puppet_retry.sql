-- parked
insert into public.puppet_jobs (
  user_id, job_type, job_config, status, final_status, retry_count, next_retry_at,
  execution_attempts, last_error_type)
select
  ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
  'bench', '{"to": "somebody@example.com"}', 'queued', 'failed', 1,
  now() + interval '1 day' * (0.1 + random()), 1, 'network'
from generate_series(1::bigint, :n) n;

-- unclaimed
insert into public.puppet_jobs (user_id, job_type, job_config, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'other', '{"to": "somebody@example.com"}',
  now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n);
