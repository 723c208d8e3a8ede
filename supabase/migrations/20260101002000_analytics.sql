-- How retries do, over a window of attempts: all numbers in one statement, which reads them once.

create function puppet_private.percent(p_part bigint, p_whole bigint)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  return round(p_part * 100.0 / nullif(p_whole, 0), 2);
end
$$;

comment on function puppet_private.percent(bigint, bigint) is
  'The share in percent, 0 to 100 with two places; null of nothing.';
revoke execute on function puppet_private.percent(bigint, bigint) from public;

create function puppet_private.analyse_attempts(
  p_job_type text,
  p_start timestamptz,
  p_end timestamptz,
  p_user_id uuid
)
returns jsonb
language plpgsql
stable
set search_path = ''
-- The window, the type and the owner decide which index serves.
set plan_cache_mode = 'force_custom_plan'
-- The default takes a look into an index for a seek of a disk, and would rather read all rows.
set random_page_cost = 1.1
set work_mem = '32MB'
as $$
begin
  return (
    with attempts as materialized (
      select h.job_id, h.job_type, h.attempt_number, h.is_retry, h.success, h.error_type,
        h.delay_seconds, h.duration_ms, h.created_at
      from public.puppet_job_retry_history h
      where h.logged_by = 'engine'
        and h.attempted_at >= p_start
        and h.attempted_at < p_end
        and (p_job_type is null or h.job_type = p_job_type)
        and (p_user_id is null or h.user_id = p_user_id)
    ), earlier as (
      -- A job's very first row is of no retry, but for one that was cancelled before it was tried:
      -- where the first in the window is one, others may lie before.
      select h.job_id, h.attempt_number, h.is_retry, h.success, h.created_at
      from (
        select a.job_id
        from attempts a
        group by a.job_id
        having min(a.attempt_number) filter (where not a.is_retry)
          is distinct from min(a.attempt_number)
      ) begun_before
      join public.puppet_job_retry_history h on h.job_id = begun_before.job_id
      where h.logged_by = 'engine'
        and h.attempted_at < p_start
    ), whole as (
      select a.job_id, a.attempt_number, a.is_retry, a.success, a.created_at, true as in_window
      from attempts a
      union all
      select e.job_id, e.attempt_number, e.is_retry, e.success, e.created_at, false
      from earlier e
    ), counted as (
      -- Attempt numbers have gaps: snoozes and releases leave no row.
      select w.is_retry, w.success, w.in_window, w.created_at,
        count(*) over before + 1 as ordinal,
        count(*) filter (where not w.success) over before as failures,
        min(w.created_at) filter (where not w.success) over before as first_failed_at
      from whole w
      window before as (
        partition by w.job_id order by w.attempt_number
        rows between unbounded preceding and 1 preceding)
    ), retries as materialized (
      select c.is_retry, c.success, c.ordinal, c.failures,
        extract(epoch from c.created_at - c.first_failed_at) as seconds
      from counted c
      where c.in_window
        and (c.is_retry or c.success)
    ), totals (answer) as (
      select jsonb_build_object(
        'totalRetries', count(*) filter (where a.is_retry),
        'successfulRetries', count(*) filter (where a.is_retry and a.success),
        'failedRetries', count(*) filter (where a.is_retry and not a.success),
        'retriedJobs', count(distinct a.job_id) filter (where a.is_retry),
        'successRate', puppet_private.percent(
          count(*) filter (where a.is_retry and a.success), count(*) filter (where a.is_retry)),
        'averageDelaySeconds', round(avg(a.delay_seconds), 2),
        'medianDurationMs', round(percentile_cont(0.5) within group (order by a.duration_ms)),
        'p95DurationMs', round(percentile_cont(0.95) within group (order by a.duration_ms)))
      from attempts a
    ), recoveries (answer) as (
      select jsonb_build_object(
        'averageAttemptsToSuccess', round(avg(r.failures + 1), 2),
        'medianSecondsToRecovery', round(percentile_cont(0.5) within group (order by r.seconds)),
        'p95SecondsToRecovery', round(percentile_cont(0.95) within group (order by r.seconds)))
      from retries r
      where r.success
        and r.failures > 0
    ), errors (answer) as (
      select jsonb_agg(
        jsonb_build_object('errorType', e.error_type, 'count', e.count)
        order by e.count desc, e.error_type)
      from (
        select a.error_type, count(*) as count
        from attempts a
        where not a.success
        group by a.error_type
        order by count(*) desc, a.error_type
        limit 10
      ) e
    ), distribution (answer) as (
      select jsonb_agg(
        jsonb_build_object(
          'attempt', d.ordinal, 'retries', d.retries, 'successful', d.successful,
          'successRate', puppet_private.percent(d.successful, d.retries))
        order by d.ordinal)
      from (
        select r.ordinal, count(*) as retries, count(*) filter (where r.success) as successful
        from retries r
        where r.is_retry
        group by r.ordinal
      ) d
    ), breakdown (answer) as (
      select jsonb_agg(
        jsonb_build_object(
          'jobType', t.job_type, 'totalRetries', t.retries,
          'successRate', puppet_private.percent(t.successful, t.retries))
        order by t.job_type)
      from (
        select a.job_type, count(*) filter (where a.is_retry) as retries,
          count(*) filter (where a.is_retry and a.success) as successful
        from attempts a
        group by a.job_type
      ) t
    ), jobs (answer) as (
      select jsonb_build_object(
        'failedAtLeastOnce', count(*),
        'recovered', count(*) filter (where j.status = 'completed'),
        'permanentlyFailed', count(*) filter (where j.status = 'permanently_failed'),
        'cancelled', count(*) filter (where j.status = 'cancelled'),
        'stillWaiting', count(*) filter (where j.status in ('pending', 'queued', 'running')))
      from public.puppet_jobs j
      where j.id in (select a.job_id from attempts a where not a.success)
    )
    select t.answer || r.answer || jsonb_build_object(
      'commonErrorTypes', coalesce(e.answer, '[]'),
      'retryDistribution', coalesce(d.answer, '[]'),
      'jobTypeBreakdown', coalesce(b.answer, '[]'),
      'jobs', j.answer)
    from totals t
    cross join recoveries r
    cross join errors e
    cross join distribution d
    cross join breakdown b
    cross join jobs j
  );
end
$$;

comment on function puppet_private.analyse_attempts(text, timestamptz, timestamptz, uuid) is
  'Engine rows in [p_start, p_end) of one type or all, of one owner or all: totals, recoveries '
  '(jobs whose success lies in the window after at least one failure, and the time from the first), '
  'the ten commonest errors, retries by the ordinal of the attempt (2 is the first) and by job '
  'type, and where the jobs that failed are now.';
revoke execute on function puppet_private.analyse_attempts(text, timestamptz, timestamptz, uuid)
  from public;
