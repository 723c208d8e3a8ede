-- Reports of executors that hold no lease token: they name the job and themselves.

create function puppet_private.open_attempt(p_job_id uuid, p_executor_id text)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_token constant uuid := gen_random_uuid();
begin
  update public.puppet_jobs j
  set status = 'running',
    execution_attempts = j.execution_attempts + 1,
    executing_by = p_executor_id,
    executing_at = v_now,
    execution_timeout_at = v_now + interval '1 minute',
    lease_token = v_token,
    last_attempt_at = v_now,
    updated_at = v_now
  where j.id = p_job_id
    and j.status in ('pending', 'queued');
  return v_token;
end
$$;

comment on function puppet_private.open_attempt(uuid, text) is
  'Counts an attempt of a job that nobody claimed and returns its lease token.';
revoke execute on function puppet_private.open_attempt(uuid, text) from public;

create function public.report_job_outcome(
  p_job_id uuid,
  p_outcome text,
  p_error_type text default null,
  p_error_message text default null,
  p_executor_id text default 'unknown',
  p_result jsonb default null
)
returns table (
  accepted boolean, status text, decision text, reason text, next_retry_at timestamptz)
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_job public.puppet_jobs;
  v_token uuid;
  v_reason text;
begin
  perform puppet_private.check_executor_id(p_executor_id);
  if p_outcome is null or p_outcome not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'Cannot report an outcome: p_outcome must be completed, failed or cancelled',
      hint = 'Executors that snooze hold a lease: use settle_jobs.';
  end if;

  select j.* into v_job
  from public.puppet_jobs j
  where j.id = p_job_id
  for no key update;
  v_reason := case
    when v_job.id is null then 'job_not_found'
    when v_job.status = 'running' and v_job.executing_by <> p_executor_id then 'held_by_another'
    when v_job.status = 'running' then null
    when v_job.status not in ('pending', 'queued') then 'already_ended'
    when coalesce(v_job.next_retry_at, v_job.scheduled_at) <= clock_timestamp() then null
    when p_outcome = 'failed' and v_job.final_status = 'failed'
      and v_job.last_error_type = coalesce(
        puppet_private.bounded_word(p_error_type, 100), 'unknown_error')
      and v_job.last_execution_error
        = coalesce(
          puppet_private.bounded_text(puppet_private.redacted(p_error_message), 8192),
          v_job.last_error_type)
      then 'reported_before'
    else 'not_due'
  end;
  if v_reason is not null then
    return query select v_reason = 'reported_before', v_job.status,
      case when v_reason = 'reported_before' then 'retry_scheduled' else v_job.stop_reason end,
      v_reason, v_job.next_retry_at;
    return;
  end if;

  v_token := case
    when v_job.status = 'running' then v_job.lease_token
    else puppet_private.open_attempt(p_job_id, p_executor_id)
  end;
  return query
  select s.accepted, s.status, s.decision, s.reason, s.next_retry_at
  from unnest(puppet_private.settle(
    jsonb_build_array(jsonb_build_object(
      'job_id', p_job_id,
      'lease_token', v_token,
      'outcome', p_outcome,
      'error_type', p_error_type,
      'error_message', p_error_message,
      'result', p_result)),
    array['completed', 'failed', 'cancelled'])) s;
end
$$;

comment on function public.report_job_outcome(uuid, text, text, text, text, jsonb) is
  'Settles a job that this executor holds, or one that is due and unclaimed (which counts an '
  'attempt). The same failure again changes nothing; all else is refused, with the reason.';
revoke execute on function public.report_job_outcome(uuid, text, text, text, text, jsonb)
  from public, anon, authenticated;
grant execute on function public.report_job_outcome(uuid, text, text, text, text, jsonb)
  to service_role;

create function public.schedule_job_retry(
  p_job_id uuid,
  p_error_message text,
  p_error_type text default 'unknown_error',
  p_executor_id text default 'unknown'
)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return (
    select r.accepted and r.decision = 'retry_scheduled'
    from public.report_job_outcome(
      p_job_id, 'failed', p_error_type, p_error_message, p_executor_id) r
  );
end
$$;

comment on function public.schedule_job_retry(uuid, text, text, text) is
  'Reports a failure; true when a retry is scheduled.';
revoke execute on function public.schedule_job_retry(uuid, text, text, text)
  from public, anon, authenticated;
grant execute on function public.schedule_job_retry(uuid, text, text, text) to service_role;
