-- Sample jobs of the installed types in every state, with the history that led there. For a
-- development database; run again, it changes nothing. No type gets an endpoint, so none is run.

with sample (
  n, job_type, status, failures, happens_in, priority, error_type, error_message, stop_reason,
  config
) as (
  -- happens_in: when it was or will be due, taken up, or ended, seen from now.
  values
    (1, 'default', 'pending', 0, interval '-20 s', 5, null, null, null, '{"task": "tidy up"}'),
    (2, 'email_campaign', 'pending', 0, '-5 s', 8, null, null, null, '{"to": "ana@example.com"}'),
    (3, 'data_enrichment', 'pending', 0, '-1 s', 3, null, null, null, '{"domain": "a.example"}'),
    (4, 'email_campaign', 'pending', 0, '3 h', 5, null, null, null, '{"to": "ben@example.com"}'),
    (5, 'linkedin_outreach', 'pending', 0, '1 day', 5, null, null, null, '{"profile": "cleo"}'),
    (6, 'default', 'queued', 1, '95 min', 5, 'timeout', 'Timed out after 30 s', null,
      '{"task": "export"}'),
    (7, 'email_campaign', 'queued', 1, '12 min', 5, 'temporary_error',
      '503 Service Unavailable: greylisted, try again later', null, '{"to": "dan@example.com"}'),
    (8, 'email_campaign', 'queued', 4, '100 min', 5, 'rate_limit',
      '429 Too Many Requests: slow down', null, '{"to": "eva@example.com"}'),
    (9, 'linkedin_outreach', 'queued', 2, '6 h', 5, 'rate_limit',
      '429 Too Many Requests: daily limit reached', null, '{"profile": "finn"}'),
    (10, 'data_enrichment', 'queued', 3, '2 min', 7, 'network',
      'Cannot reach api.example.com: connection reset', null, '{"domain": "b.example"}'),
    (11, 'data_enrichment', 'queued', 6, '20 min', 5, 'temporary_error',
      '502 Bad Gateway', null, '{"domain": "c.example"}'),
    (12, 'data_enrichment', 'running', 0, '-4 s', 5, null, null, null, '{"domain": "d.example"}'),
    (13, 'email_campaign', 'running', 2, '-2 s', 5, 'network',
      'Cannot reach mail.example.com: connection refused', null, '{"to": "gil@example.com"}'),
    (14, 'default', 'completed', 0, '-2 days', 5, null, null, null, '{"task": "report"}'),
    (15, 'email_campaign', 'completed', 0, '-7 h', 5, null, null, null,
      '{"to": "hana@example.com"}'),
    (16, 'email_campaign', 'completed', 0, '-50 min', 5, null, null, null,
      '{"to": "ivo@example.com"}'),
    (17, 'data_enrichment', 'completed', 0, '-9 min', 5, null, null, null,
      '{"domain": "e.example"}'),
    (18, 'default', 'completed', 2, '-1 day', 5, 'temporary_error',
      '500 Internal Server Error', null, '{"task": "import"}'),
    (19, 'email_campaign', 'completed', 3, '-5 h', 5, 'temporary_error',
      '503 Service Unavailable: greylisted, try again later', null, '{"to": "jo@example.com"}'),
    (20, 'data_enrichment', 'completed', 5, '-3 h', 5, 'timeout', 'Timed out after 30 s', null,
      '{"domain": "f.example"}'),
    (21, 'linkedin_outreach', 'completed', 1, '-4 h', 5, 'rate_limit',
      '429 Too Many Requests: daily limit reached', null, '{"profile": "kim"}'),
    (22, 'linkedin_outreach', 'permanently_failed', 1, '-2 h', 5, 'authentication',
      '401 Unauthorized: the session has expired', 'error_not_retryable', '{"profile": "lou"}'),
    (23, 'email_campaign', 'permanently_failed', 1, '-30 min', 5, 'validation_error',
      '422 Unprocessable Entity: not an address', 'error_not_retryable', '{"to": "nobody"}'),
    (24, 'linkedin_outreach', 'permanently_failed', 4, '-8 h', 5, 'temporary_error',
      '500 Internal Server Error', 'max_retries_reached', '{"profile": "mia"}'),
    (25, 'data_enrichment', 'permanently_failed', 11, '-1 h', 5, 'network',
      'Cannot reach old.example: host not found', 'max_retries_reached',
      '{"domain": "old.example"}'),
    (26, 'default', 'cancelled', 0, '-1 h', 5, null, null, 'cancelled',
      '{"task": "not needed"}')
), timed as (
  select s.*, p.backoff_multiplier,
    ('00000000-0000-4000-8000-' || lpad(s.n::text, 12, '0'))::uuid as id,
    -- Two owners.
    ('00000000-0000-4000-9000-' || lpad((1 + s.n % 2)::text, 12, '0'))::uuid as user_id,
    gen_random_uuid() as token,
    now() + s.happens_in as happens_at,
    s.status in ('completed', 'permanently_failed', 'cancelled') as ended,
    s.failures + (s.status in ('running', 'completed'))::int as attempts,
    -- The failure that ends a job schedules nothing.
    s.failures - (s.status = 'permanently_failed')::int as retries,
    waits.seconds
  from sample s
  join public.puppet_job_retry_config p on p.job_type = s.job_type
  cross join lateral (
    select array(
      select public.calculate_retry_delay(
        a.retry, p.base_delay_seconds, p.backoff_multiplier, p.max_delay_seconds, false)
      from generate_series(0, s.failures - 1) a (retry)
      order by a.retry)
  ) waits (seconds)
), attempts as (
  select t.id, a.number,
    t.happens_at - make_interval(secs => (
      select coalesce(sum(t.seconds[w.place]), 0)
      from generate_series(a.number, t.retries) w (place))) as started_at
  from timed t
  -- A job without any has one all the same: the one that it waits for.
  cross join lateral generate_series(1, greatest(t.attempts, 1)) a (number)
), planted as (
  insert into public.puppet_jobs (
    id, user_id, job_type, job_config, priority, status, final_status, scheduled_at, retry_count,
    next_retry_at, last_attempt_at, last_execution_error, last_error_type, stop_reason,
    execution_attempts, executing_by, executing_at, execution_timeout_at, lease_token,
    settled_token, settled_outcome, result_data, completed_at, created_at, updated_at)
  select t.id, t.user_id, t.job_type, t.config::jsonb, t.priority, t.status,
    case when t.ended then t.status when t.failures > 0 then 'failed' end,
    first.started_at, t.retries,
    case
      when t.status = 'queued' then t.happens_at
      when t.status = 'running' and t.failures > 0 then t.happens_at
    end,
    case when t.attempts > 0 then last.started_at end,
    t.error_message, t.error_type,
    case when t.status = 'completed' then 'succeeded' else t.stop_reason end,
    t.attempts,
    case when t.status = 'running' then 'sample' end,
    case when t.status = 'running' then t.happens_at end,
    -- Long, so that it is there to be looked at; then it is rescued as any lease that ran out.
    case when t.status = 'running' then t.happens_at + interval '1 hour' end,
    case when t.attempts > 0 then t.token end,
    case when t.attempts > 0 and t.status <> 'running' then t.token end,
    case
      when t.status = 'completed' then 'completed'
      when t.attempts > 0 and t.status <> 'running' then 'failed'
    end,
    case when t.status = 'completed' then '{"done": true}'::jsonb end,
    case when t.ended then t.happens_at + interval '800 ms' end,
    least(first.started_at, now()), least(t.happens_at, now())
  from timed t
  join attempts first on first.id = t.id and first.number = 1
  join attempts last on last.id = t.id and last.number = greatest(t.attempts, 1)
  on conflict do nothing
  returning id
)
insert into public.puppet_job_retry_history (
  job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
  error_type, error_message, decision, delay_seconds, backoff_multiplier, jitter_seconds,
  next_retry_at, executor_id, logged_by, created_at)
select t.id, t.user_id, t.job_type, a.number, a.number > 1, a.started_at, 800, r.success,
  case when not r.success then t.error_type end,
  case when not r.success then t.error_message end,
  case when r.success then 'succeeded' when r.waits then 'retry_scheduled' else t.stop_reason end,
  case when r.waits then t.seconds[a.number] end,
  case when r.waits then t.backoff_multiplier end,
  case when r.waits then 0 end,
  case when r.waits then a.started_at + make_interval(secs => t.seconds[a.number]) end,
  'sample', 'engine', a.started_at + interval '800 ms'
from planted
join timed t on t.id = planted.id
join attempts a on a.id = t.id
cross join lateral (select a.number > t.failures, a.number <= t.retries) r (success, waits)
where a.number <= t.failures
  or (t.status = 'completed' and t.failures > 0);
