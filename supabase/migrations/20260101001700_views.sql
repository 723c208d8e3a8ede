-- What people look at first; each shows its reader only the rows that the reader may see.

create view public.puppet_jobs_pending_retry
with (security_invoker = true) as
select j.id as job_id, j.user_id, j.job_type, j.retry_count, j.max_retries, j.next_retry_at,
  round(extract(epoch from j.next_retry_at - now()) / 60, 1) as minutes_until_retry,
  j.last_error_type, j.last_execution_error, j.next_retry_reason, j.last_attempt_at
from public.puppet_jobs j
where j.status = 'queued'
  and j.final_status = 'failed'
  and j.retry_enabled
order by j.next_retry_at;

comment on view public.puppet_jobs_pending_retry is
  'Jobs that wait for a retry, soonest first; negative minutes are overdue.';

create view public.puppet_retry_stats_by_type
with (security_invoker = true) as
select h.job_type,
  count(*) filter (where h.is_retry) as total_retries,
  count(*) filter (where h.is_retry and h.success) as successful_retries,
  count(*) filter (where h.is_retry and not h.success) as failed_retries,
  round(avg(h.success::int) filter (where h.is_retry) * 100, 2) as success_rate,
  round(avg(h.delay_seconds)) as average_delay_seconds,
  max(h.attempted_at) as last_attempt_at
from public.puppet_job_retry_history h
where h.logged_by = 'engine'
group by h.job_type;

comment on view public.puppet_retry_stats_by_type is
  'Retries per job type over all kept history; success_rate in percent, null without retries.';

create view public.puppet_recent_retry_activity
with (security_invoker = true) as
select h.job_id, h.user_id, h.job_type, h.attempt_number, h.is_retry, h.attempted_at, h.success,
  h.decision, h.error_type, h.error_message, h.delay_seconds, h.next_retry_at, h.executor_id
from public.puppet_job_retry_history h
where h.attempted_at > now() - interval '24 hours'
order by h.attempted_at desc;

comment on view public.puppet_recent_retry_activity is 'Attempts of the last 24 hours, newest first.';
