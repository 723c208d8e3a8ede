-- :jobs jobs, half of them waiting for a retry, half finished, and an attempt for each: types in all
-- ten priorities, of which five have 400 due jobs, scattered among the others, and five are quiet:
-- none is due. Rows are small and ids rise, which is fast to fill: plans depend on how many rows
-- there are. All indexes and constraints are the shipped ones; only the lookup of each attempt's
-- job, which was just read, is left out, since it takes as long as all the rest.

select setseed(0.5);

insert into public.puppet_jobs (
  id, user_id, job_type, priority, status, final_status, retry_count, next_retry_at, stop_reason,
  completed_at, execution_attempts, last_error_type)
select
  (lpad(to_hex(n * 1000), 8, '0') || '-0000-4000-8000-000000000000')::uuid,
  ('00000000-0000-4000-8000-' || lpad((n / 1000)::text, 12, '0'))::uuid,
  case when is_due or random() < 0.8 then 'type_' else 'quiet_' end || floor(random() * 5),
  1 + floor(random() * 10),
  case when waits then 'queued' else 'completed' end,
  case when waits then 'failed' else 'completed' end, 1,
  case
    when is_due then now() - interval '1 minute' * random()
    when waits then now() + interval '1 day' * (0.1 + random())
  end,
  case when not waits then 'succeeded' end,
  case when not waits then now() - interval '1 second' * (:jobs - n) end, 1, 'network'
from generate_series(1::bigint, :jobs) n
cross join lateral (
  select n <= :jobs / 2 as waits, n <= :jobs / 2 and n % (:jobs / 800) = 0 as is_due
) kind;

set session_replication_role = replica;

insert into public.puppet_job_retry_history (
  id, job_id, user_id, job_type, attempt_number, success, error_type, decision, logged_by)
select j.id, j.id, j.user_id, j.job_type, 1, false, 'network', 'retry_scheduled', 'engine'
from public.puppet_jobs j;

reset session_replication_role;

-- The receipts of a week in which something was always due.
insert into public.puppet_tick_receipts (created_at, request_id, started_at, finished_at)
select at, n, at, at + interval '1 minute'
from generate_series(1::bigint, :jobs / 10) n
cross join lateral (select now() - interval '7 days' * n / (:jobs / 10)) a (at);

insert into public.puppet_job_retry_config (job_type) select 'type_' || n from generate_series(0, 4) n;
