-- fill
-- All of the one type and priority that it claims.
truncate bench_contract.jobs, bench_contract.history;
insert into bench_contract.jobs (
  user_id, job_type, payload, status, final_status, attempts, retry_count, next_retry_at,
  last_error, completed_at)
select
  ('00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'))::uuid,
  'bench', '{"to": "somebody@example.com"}',
  case when waits then 'queued' else 'completed' end,
  case when waits then 'failed' else 'completed' end, 1, 1,
  case when waits then now() + interval '1 day' * (0.1 + random()) end, 'connection reset',
  case when not waits then now() - interval '1 day' * random() end
from generate_series(1::bigint, 2 * :n) n
cross join lateral (select n % 2 = 0 as waits) kind;

-- vacuum
vacuum analyze bench_contract.jobs;

-- due
update bench_contract.jobs
set next_retry_at = now() - interval '1 minute' * random()
where id = any (array(
  select j.id from bench_contract.jobs j where j.status = 'queued' order by random() limit :n));

-- rest
update bench_contract.jobs
set status = 'queued', final_status = 'failed', lease_ends_at = null, executing_by = null,
  next_retry_at = now() + interval '1 day' * (0.1 + random())
where status = 'running'
  or (status in ('pending', 'queued') and coalesce(next_retry_at, scheduled_at) <= now());

-- add
insert into bench_contract.jobs (user_id, job_type, payload, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'bench', '{"to": "somebody@example.com"}',
  now() - interval '1 minute' * (10 - 8.0 * n / :n)
from generate_series(1, :n) n;

-- unclaimed
insert into bench_contract.jobs (user_id, job_type, payload, scheduled_at)
select '00000000-0000-4000-8000-0000000000b1', 'other', '{"to": "somebody@example.com"}',
  now() - interval '1 hour' * (1 + random())
from generate_series(1::bigint, :n);

-- empty
truncate bench_contract.jobs, bench_contract.history;
