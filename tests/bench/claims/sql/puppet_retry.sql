-- fill
-- Five types in ten priorities. No attempts: a claim reads none.
truncate public.puppet_jobs, public.puppet_job_retry_history;
insert into public.puppet_job_retry_config (job_type)
select 'bench_' || n from generate_series(0, 4) n
on conflict (job_type) do nothing;
insert into public.puppet_jobs (
  user_id, job_type, job_config, priority, status, final_status, retry_count, next_retry_at,
  stop_reason, completed_at, execution_attempts, last_error_type)
select
  ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
  'bench_' || floor(random() * 5), '{"to": "somebody@example.com"}', 1 + floor(random() * 10),
  case when waits then 'queued' else 'completed' end,
  case when waits then 'failed' else 'completed' end, 1,
  case when waits then now() + interval '1 day' * (0.1 + random()) end,
  case when not waits then 'succeeded' end,
  case when not waits then now() - interval '1 day' * random() end, 1, 'network'
from generate_series(1::bigint, 2 * :n) n
cross join lateral (select n % 2 = 0 as waits) kind;

-- vacuum
vacuum analyze public.puppet_jobs;

-- due
update public.puppet_jobs
set next_retry_at = now() - interval '1 minute' * random()
where id = any (array(
  select j.id from public.puppet_jobs j where j.status = 'queued' order by random() limit :n));

-- rest
update public.puppet_jobs
set status = 'queued', final_status = 'failed', executing_by = null, executing_at = null,
  execution_timeout_at = null, next_retry_at = now() + interval '1 day' * (0.1 + random())
where status = 'running'
  or (status in ('pending', 'queued') and coalesce(next_retry_at, scheduled_at) <= now());

-- add
-- All of one type and priority, one after the other.
insert into public.puppet_jobs (user_id, job_type, job_config, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'bench_0', '{"to": "somebody@example.com"}',
  now() - interval '1 minute' * (10 - 8.0 * n / :n)
from generate_series(1, :n) n;

-- mixed
-- In turn of one of five types and ten priorities.
insert into public.puppet_jobs (user_id, job_type, job_config, priority, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'bench_' || n % 5,
  '{"to": "somebody@example.com"}', 1 + n / 5 % 10,
  now() - interval '1 minute' * (10 - 8.0 * n / :n)
from generate_series(1, :n) n;

-- unclaimed
insert into public.puppet_jobs (user_id, job_type, job_config, priority, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'other',
  '{"to": "somebody@example.com"}', 1 + floor(random() * 10),
  now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n);

-- empty
truncate public.puppet_jobs, public.puppet_job_retry_history;
