-- Every old attempt whose job is there, as a row that a caller logged: engine rows promise a
-- decision and one row per attempt, which the older design did not keep.

do $$
begin
  if to_regclass('puppet_before_adoption.puppet_job_retry_history') is null then
    return;
  end if;
  create view puppet_before_adoption.mapped_history as
  select o.ctid as old_place,
    case when r.old ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then (r.old ->> 'id')::uuid else gen_random_uuid() end as id,
    j.id as job_id, coalesce((r.old ->> 'user_id')::uuid, j.user_id) as user_id,
    coalesce(nullif(btrim(r.old ->> 'job_type'), ''), j.job_type) as job_type,
    coalesce(
      puppet_before_adoption.within(r.old ->> 'attempt_number', 1, 2147483647), 1)::int as attempt_number,
    coalesce((r.old ->> 'is_retry')::boolean, (r.old ->> 'attempt_number')::int > 1, false)
      as is_retry,
    coalesce((r.old ->> 'attempted_at')::timestamptz, (r.old ->> 'created_at')::timestamptz,
      j.created_at) as attempted_at,
    puppet_before_adoption.within(r.old ->> 'duration_ms', 0, 2147483647)::int as duration_ms,
    coalesce((r.old ->> 'success')::boolean, false) as success,
    r.old ->> 'error_type' as error_type,
    e.redacted as error_message,
    puppet_before_adoption.within(r.old ->> 'delay_seconds', 0, 2147483647)::int as delay_seconds,
    (r.old ->> 'backoff_multiplier')::numeric as backoff_multiplier,
    (r.old ->> 'jitter_seconds')::int as jitter_seconds,
    (r.old ->> 'next_retry_at')::timestamptz as next_retry_at,
    coalesce(r.old ->> 'retry_reason', 'automatic') as retry_reason,
    coalesce(r.old ->> 'executor_id', 'unknown') as executor_id,
    nullif(r.old -> 'execution_context', 'null') as execution_context,
    'caller' as logged_by,
    coalesce((r.old ->> 'created_at')::timestamptz, (r.old ->> 'attempted_at')::timestamptz,
      j.created_at) as created_at
  from puppet_before_adoption.puppet_job_retry_history o
  cross join lateral (select to_jsonb(o) offset 0) r (old)
  join public.puppet_jobs j on j.id = o.job_id
  left join puppet_before_adoption.redact(array(
    select to_jsonb(t) ->> 'error_message'
    from puppet_before_adoption.puppet_job_retry_history t)) e
    on e.error = r.old ->> 'error_message';

  perform puppet_before_adoption.copy_rows('puppet_job_retry_history', 'mapped_history');

  -- New attempts are numbered from there; that is no change of the job.
  alter table public.puppet_jobs disable trigger touch_updated_at;
  update public.puppet_jobs j
  set execution_attempts = h.attempts
  from (
    select m.job_id, max(m.attempt_number) as attempts
    from public.puppet_job_retry_history m
    group by m.job_id
  ) h
  where h.job_id = j.id
    and h.attempts > j.execution_attempts;
  alter table public.puppet_jobs enable trigger touch_updated_at;

  insert into puppet_before_adoption.report (kind, says)
  select 'changed', format('%s attempts of the old history, logged_by caller', count(*))
  from public.puppet_job_retry_history h;

  insert into puppet_before_adoption.report (kind, says)
  select 'mind', format('%s old attempts are of jobs that are gone: they stay in '
      'puppet_before_adoption.puppet_job_retry_history', count(*))
  from puppet_before_adoption.puppet_job_retry_history o
  where not exists (select from public.puppet_jobs j where j.id = o.job_id)
  having count(*) > 0;
end
$$;

select puppet_before_adoption.count_on('public');
