-- What people do with single jobs: retry and cancel. Owners may, on their own.

create function puppet_private.raise_job_not_found(p_job_id uuid)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  raise sqlstate 'PT404' using
    message = format('Cannot find job %s', p_job_id),
    hint = 'Check the id; another user''s job is not shown.';
end
$$;

comment on function puppet_private.raise_job_not_found(uuid) is
  'Raises PT404, the same for a job that does not exist and one that is not the caller''s.';
revoke execute on function puppet_private.raise_job_not_found(uuid) from public;

create function puppet_private.lock_job_of_caller(p_job_id uuid)
returns public.puppet_jobs
language plpgsql
set search_path = ''
as $$
declare
  v_job public.puppet_jobs;
begin
  select j.* into v_job
  from public.puppet_jobs j
  where j.id = p_job_id
    and puppet_private.caller_may_touch(j.user_id)
  for no key update;
  if v_job.id is null then
    perform puppet_private.raise_job_not_found(p_job_id);
  end if;
  return v_job;
end
$$;

comment on function puppet_private.lock_job_of_caller(uuid) is
  'The job, locked; raises PT404 where it does not exist or is not the caller''s.';
revoke execute on function puppet_private.lock_job_of_caller(uuid) from public;

create function puppet_private.job_state(p_job_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'job_id', j.id,
      'job_type', j.job_type,
      'status', j.status,
      'final_status', j.final_status,
      'stop_reason', j.stop_reason,
      'retry_count', j.retry_count,
      'execution_attempts', j.execution_attempts,
      'next_retry_at', j.next_retry_at,
      'cancel_requested_at', j.cancel_requested_at)
    from public.puppet_jobs j
    where j.id = p_job_id
  );
end
$$;

comment on function puppet_private.job_state(uuid) is
  'Where a job is now, as retry_job and cancel_job answer it.';
revoke execute on function puppet_private.job_state(uuid) from public;

create function puppet_private.check_retry_times(
  p_job public.puppet_jobs,
  p_run_at timestamptz,
  p_deadline_at timestamptz
)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_deadline constant timestamptz := coalesce(p_deadline_at, p_job.deadline_at);
begin
  if greatest(p_run_at, p_deadline_at) >= '9999-12-31T00:00:00Z' then
    raise sqlstate 'PT422' using
      message = format(
        'Cannot retry job %s: p_run_at and p_deadline_at must be before 9999-12-31', p_job.id),
      hint = 'Leave p_run_at out to retry it now, and p_deadline_at to keep its deadline.';
  end if;
  if p_run_at >= v_deadline then
    raise sqlstate 'PT422' using
      message = format(
        'Cannot retry job %s: its deadline %s is before the retry', p_job.id, v_deadline),
      hint = 'Give a later one with the retry: p_deadline_at.';
  end if;
end
$$;

comment on function puppet_private.check_retry_times(
  public.puppet_jobs, timestamptz, timestamptz) is
  'Raises PT422 where a job cannot be retried at p_run_at, with p_deadline_at in place of its own.';
revoke execute on function puppet_private.check_retry_times(
  public.puppet_jobs, timestamptz, timestamptz) from public;

create function puppet_private.check_manual_retry(p_job public.puppet_jobs, p_job_config jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_job.status not in ('queued', 'permanently_failed', 'cancelled') then
    raise sqlstate 'PT409' using
      message = format('Cannot retry job %s: it is %s', p_job.id, p_job.status),
      hint = 'Only a queued, permanently failed or cancelled job is retried by hand.';
  end if;
  if jsonb_typeof(p_job_config) <> 'object' or pg_column_size(p_job_config) > 262144 then
    raise sqlstate 'PT422' using
      message = format(
        'Cannot retry job %s: p_job_config must be an object of at most 256 kB', p_job.id),
      hint = 'Leave it out to keep the job''s own.';
  end if;
end
$$;

comment on function puppet_private.check_manual_retry(public.puppet_jobs, jsonb) is
  'Raises PT409 or PT422 where a job cannot be retried by hand.';
revoke execute on function puppet_private.check_manual_retry(public.puppet_jobs, jsonb)
  from public;

create function puppet_private.revive_jobs(
  p_ids uuid[],
  p_run_at timestamptz[],
  p_reason text,
  p_error_type text,
  p_job_config jsonb,
  p_deadline_at timestamptz
)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  update public.puppet_jobs j
  set status = 'queued',
    final_status = 'failed',
    stop_reason = null,
    retry_count = 0,
    crash_count = 0,
    release_count = 0,
    next_retry_at = revived.run_at,
    next_retry_reason = p_reason,
    last_error_type = coalesce(
      puppet_private.first_characters(p_error_type, 100), j.last_error_type),
    -- The wait for a time that was given is none of the time in which it may be retried.
    retry_window_started_at = greatest(v_now, revived.run_at),
    job_config = coalesce(p_job_config, j.job_config),
    deadline_at = coalesce(p_deadline_at, j.deadline_at),
    -- An executor that is late with the attempt of before has no say in the new run; one that
    -- repeats what was settled is still told so, by settled_token.
    lease_token = null,
    cancel_requested_at = null,
    completed_at = null,
    updated_at = v_now
  from unnest(p_ids, p_run_at) revived (id, run_at)
  where j.id = revived.id
    and j.id = any (p_ids)
    and j.status in ('permanently_failed', 'cancelled');
end
$$;

comment on function puppet_private.revive_jobs(
  uuid[], timestamptz[], text, text, jsonb, timestamptz) is
  'Gives ended, locked jobs a fresh budget, each due at its own time.';
revoke execute on function puppet_private.revive_jobs(
  uuid[], timestamptz[], text, text, jsonb, timestamptz) from public;

create function public.retry_job(
  p_job_id uuid,
  p_reason text default 'manual_retry',
  p_error_type text default 'manual_intervention',
  p_run_at timestamptz default null,
  p_job_config jsonb default null,
  p_deadline_at timestamptz default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_job constant public.puppet_jobs := puppet_private.lock_job_of_caller(p_job_id);
  v_now constant timestamptz := clock_timestamp();
  v_run_at constant timestamptz := greatest(p_run_at, v_now);
  v_reason constant text := coalesce(
    puppet_private.first_characters(puppet_private.redacted(p_reason), 200), 'manual_retry');
begin
  perform puppet_private.check_manual_retry(v_job, p_job_config);
  perform puppet_private.check_retry_times(v_job, v_run_at, p_deadline_at);
  if p_job_config is not null and not puppet_private.caller_is_service()
    and not puppet_private.owner_may_enqueue(v_job.job_type)
  then
    raise sqlstate 'PT403' using
      message = format('Cannot replace the job_config of job %s: its type is the service''s', p_job_id),
      hint = 'Leave p_job_config out to retry the job as it is.';
  end if;
  if v_job.status = 'queued' then
    update public.puppet_jobs j
    set next_retry_at = v_run_at,
      -- Where it was to begin later: the retry must lie in it.
      retry_window_started_at = least(j.retry_window_started_at, v_run_at),
      next_retry_reason = v_reason,
      job_config = coalesce(p_job_config, j.job_config),
      deadline_at = coalesce(p_deadline_at, j.deadline_at),
      -- The old work, completed late, would not be the new work.
      lease_token = case when p_job_config is null then j.lease_token end,
      updated_at = v_now
    where j.id = p_job_id;
  else
    perform puppet_private.revive_jobs(
      array[p_job_id], array[v_run_at], v_reason, p_error_type, p_job_config, p_deadline_at);
  end if;
  return puppet_private.job_state(p_job_id);
end
$$;

comment on function public.retry_job(uuid, text, text, timestamptz, jsonb, timestamptz) is
  'Retries a permanently failed or cancelled job with a fresh budget, or a queued one sooner; '
  'p_deadline_at takes the place of a deadline, which must lie behind the retry. Answers its new '
  'state. Raises PT403, PT404, PT409 or PT422.';
revoke execute on function public.retry_job(uuid, text, text, timestamptz, jsonb, timestamptz)
  from public, anon;
grant execute on function public.retry_job(uuid, text, text, timestamptz, jsonb, timestamptz)
  to authenticated, service_role;

create function public.cancel_job(p_job_id uuid, p_reason text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_job constant public.puppet_jobs := puppet_private.lock_job_of_caller(p_job_id);
  v_now constant timestamptz := clock_timestamp();
  v_message constant text := puppet_private.bounded_text(
    format('Cancelled: %s', puppet_private.redacted(
      coalesce(nullif(btrim(p_reason), ''), 'no reason given'))), 8192);
begin
  if v_job.status in ('completed', 'permanently_failed') then
    raise sqlstate 'PT409' using
      message = format('Cannot cancel job %s: it is %s', p_job_id, v_job.status),
      hint = 'A job that has ended cannot be cancelled.';
  end if;
  if v_job.status = 'running' then
    update public.puppet_jobs j
    set cancel_requested_at = coalesce(j.cancel_requested_at, v_now),
      last_execution_error = v_message,
      updated_at = v_now
    where j.id = p_job_id;
  elsif v_job.status <> 'cancelled' then
    update public.puppet_jobs j
    set status = 'cancelled',
      final_status = 'cancelled',
      stop_reason = 'cancelled',
      next_retry_at = null,
      last_execution_error = v_message,
      cancel_requested_at = v_now,
      completed_at = v_now,
      updated_at = v_now
    where j.id = p_job_id;
  end if;
  return puppet_private.job_state(p_job_id);
end
$$;

comment on function public.cancel_job(uuid, text) is
  'Cancels a waiting job at once, asks a running one to stop, and leaves a cancelled one as it is; '
  'answers its new state. Raises PT404 or PT409.';
revoke execute on function public.cancel_job(uuid, text) from public, anon;
grant execute on function public.cancel_job(uuid, text) to authenticated, service_role;
