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
as $$
begin
  return (
    with attempts as materialized (
      select h.id, h.job_id, h.job_type, h.is_retry, h.success, h.error_type, h.delay_seconds,
        h.duration_ms, h.created_at
      from public.puppet_job_retry_history h
      where h.logged_by = 'engine'
        and h.attempted_at >= p_start
        and h.attempted_at < p_end
        and (p_job_type is null or h.job_type = p_job_type)
        and (p_user_id is null or h.user_id = p_user_id)
    ), whole as (
      -- Attempt numbers have gaps (snoozes and releases leave no row), so attempts are counted,
      -- also those before the window.
      select h.id, count(*) over earlier + 1 as ordinal,
        count(*) filter (where not h.success) over earlier as failures,
        min(h.created_at) filter (where not h.success) over earlier as first_failed_at
      from public.puppet_job_retry_history h
      where h.logged_by = 'engine'
        and h.job_id in (select a.job_id from attempts a where a.is_retry or a.success)
      window earlier as (
        partition by h.job_id order by h.attempt_number
        rows between unbounded preceding and 1 preceding)
    ), retries as materialized (
      select a.is_retry, a.success, w.ordinal, w.failures,
        extract(epoch from a.created_at - w.first_failed_at) as seconds
      from attempts a
      join whole w on w.id = a.id
      where a.is_retry
        or a.success
    ), totals (answer) as (
      select jsonb_build_object(
        'totalRetries', count(*) filter (where a.is_retry),
        'successfulRetries', count(*) filter (where a.is_retry and a.success),
        'failedRetries', count(*) filter (where a.is_retry and not a.success),
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
