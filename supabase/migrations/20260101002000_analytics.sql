-- get_retry_analytics: how retries do, over a window of attempts.

create function puppet_private.attempts_between(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns setof public.puppet_job_retry_history
language sql
stable
as $$
  select h.*
  from public.puppet_job_retry_history h
  where h.logged_by = 'engine'
    and h.attempted_at >= p_start
    and h.attempted_at < p_end
    and (p_job_type is null or h.job_type = p_job_type)
    and (p_user_id is null or h.user_id = p_user_id)
$$;

comment on function puppet_private.attempts_between(text, timestamptz, timestamptz, uuid) is
  'Engine rows in [p_start, p_end) of one type or all, of one owner or all.';
revoke execute on function puppet_private.attempts_between(text, timestamptz, timestamptz, uuid)
  from public;

create function puppet_private.percent(p_part bigint, p_whole bigint)
returns numeric
language sql
immutable
as $$
  select round(p_part * 100.0 / nullif(p_whole, 0), 2)
$$;

comment on function puppet_private.percent(bigint, bigint) is
  'The share in percent, 0 to 100 with two places; null of nothing.';
revoke execute on function puppet_private.percent(bigint, bigint) from public;

create function puppet_private.retry_totals(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'totalRetries', count(*) filter (where a.is_retry),
    'successfulRetries', count(*) filter (where a.is_retry and a.success),
    'failedRetries', count(*) filter (where a.is_retry and not a.success),
    'successRate', puppet_private.percent(
      count(*) filter (where a.is_retry and a.success), count(*) filter (where a.is_retry)),
    'averageDelaySeconds', round(avg(a.delay_seconds), 2),
    'medianDurationMs', round(percentile_cont(0.5) within group (order by a.duration_ms)),
    'p95DurationMs', round(percentile_cont(0.95) within group (order by a.duration_ms)))
  from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
$$;

comment on function puppet_private.retry_totals(text, timestamptz, timestamptz, uuid) is
  'Counts, rates, waits and durations over the attempts of a window.';
revoke execute on function puppet_private.retry_totals(text, timestamptz, timestamptz, uuid)
  from public;

create function puppet_private.recoveries(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'averageAttemptsToSuccess', round(avg(failures.count + 1), 2),
    'medianSecondsToRecovery', round(percentile_cont(0.5) within group (order by failures.seconds)),
    'p95SecondsToRecovery', round(percentile_cont(0.95) within group (order by failures.seconds)))
  from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
  cross join lateral (
    select count(*) as count, extract(epoch from a.created_at - min(f.created_at)) as seconds
    from public.puppet_job_retry_history f
    where f.job_id = a.job_id
      and f.attempt_number < a.attempt_number
      and f.logged_by = 'engine'
      and not f.success
  ) failures
  where a.success
    and failures.count > 0
$$;

comment on function puppet_private.recoveries(text, timestamptz, timestamptz, uuid) is
  'Of the jobs whose success lies in the window after at least one failure: attempts that it took, '
  'and the time from the first failure.';
revoke execute on function puppet_private.recoveries(text, timestamptz, timestamptz, uuid)
  from public;

create function puppet_private.jobs_that_failed(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'failedAtLeastOnce', count(*),
    'recovered', count(*) filter (where j.status = 'completed'),
    'permanentlyFailed', count(*) filter (where j.status = 'permanently_failed'),
    'cancelled', count(*) filter (where j.status = 'cancelled'),
    'stillWaiting', count(*) filter (where j.status in ('pending', 'queued', 'running')))
  from public.puppet_jobs j
  where j.id in (
    select a.job_id
    from puppet_private.attempts_between(p_job_type, p_start, p_end, p_user_id) a
    where not a.success)
$$;

comment on function puppet_private.jobs_that_failed(text, timestamptz, timestamptz, uuid) is
  'Where the jobs that failed in the window are now.';
revoke execute on function puppet_private.jobs_that_failed(text, timestamptz, timestamptz, uuid)
  from public;
