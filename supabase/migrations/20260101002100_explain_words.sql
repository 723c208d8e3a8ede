-- The sentences of explain_job: numbers, waits and reasons in words.

create function puppet_private.in_words(p_seconds numeric)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when abs(p_seconds) < 120 then format('%s s', round(abs(p_seconds)))
    when abs(p_seconds) < 7200 then format('%s min', round(abs(p_seconds) / 60))
    when abs(p_seconds) < 172800 then format('%s h', trim_scale(round(abs(p_seconds) / 3600, 1)))
    else format('%s d', trim_scale(round(abs(p_seconds) / 86400, 1)))
  end;
end
$$;

comment on function puppet_private.in_words(numeric) is
  'A length of time, rounded: 90 s, 43 min, 2 h, 3.5 d.';
revoke execute on function puppet_private.in_words(numeric) from public;

create function puppet_private.seconds_between(p_from timestamptz, p_to timestamptz)
returns numeric
language plpgsql
immutable
set search_path = ''
as $$
begin
  return extract(epoch from p_to - p_from);
end
$$;

comment on function puppet_private.seconds_between(timestamptz, timestamptz) is
  'Seconds from one time to another, negative where it lies before.';
revoke execute on function puppet_private.seconds_between(timestamptz, timestamptz) from public;

create function puppet_private.formula_in_words(
  p_job public.puppet_jobs,
  p_row public.puppet_job_retry_history,
  p_policy public.puppet_job_retry_config
)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_plain public.puppet_job_retry_config := p_policy;
  v_strategy constant text := case
    when p_policy.jitter_enabled then p_policy.jitter_strategy
    else 'additive'
  end;
  v_room constant int := case
    when p_policy.jitter_enabled and v_strategy = 'additive'
      then least(p_policy.max_jitter_seconds, p_policy.max_delay_seconds / 2)
    else 0
  end;
  v_floor int;
  v_most int;
  v_raw int;
  v_wait text;
begin
  v_plain.jitter_enabled := false;
  select low.delay_seconds, high.delay_seconds, plain.delay_seconds
  into v_floor, v_most, v_raw
  from puppet_private.retry_delay(p_job.retry_count - 1, p_policy, null, 0) low
  cross join puppet_private.retry_delay(p_job.retry_count - 1, p_policy, null, 1) high
  cross join puppet_private.retry_delay(p_job.retry_count - 1, v_plain, null, 0) plain;

  -- The parts of a delay are rounded each, so a second more or less is no difference.
  if abs(p_row.delay_seconds - p_row.jitter_seconds - v_floor) > 1
    or p_row.delay_seconds > v_most + 1
  then
    if p_policy.updated_at > p_row.created_at or p_row.delay_seconds < v_floor then
      return format('%s, by a policy that was changed since',
        puppet_private.in_words(p_row.delay_seconds));
    end if;
    return format('the server asked for %s (Retry-After) + jitter %s s',
      puppet_private.in_words(p_row.delay_seconds - p_row.jitter_seconds), p_row.jitter_seconds);
  end if;

  v_wait := case
    when p_policy.delay_schedule_seconds is not null
      then format('entry %s of delay_schedule_seconds', least(
        p_job.retry_count, cardinality(p_policy.delay_schedule_seconds)))
    else format('base %s × %s^%s', puppet_private.in_words(p_policy.base_delay_seconds),
      trim_scale(p_policy.backoff_multiplier), p_job.retry_count - 1)
  end;
  return case v_strategy
    when 'full' then format('%s s (full jitter) out of %s', p_row.jitter_seconds, v_wait)
    when 'equal' then format('half of %s + equal jitter %s s', v_wait, p_row.jitter_seconds)
    else format('%s + jitter %s s', v_wait, p_row.jitter_seconds)
  end || case
    when v_raw >= p_policy.max_delay_seconds - v_room
      then format('; cut at max_delay_seconds %s', puppet_private.in_words(
        p_policy.max_delay_seconds))
    else ''
  end;
end
$$;

comment on function puppet_private.formula_in_words(
  public.puppet_jobs, public.puppet_job_retry_history, public.puppet_job_retry_config) is
  'How the wait that a failure scheduled came about: formula or schedule, jitter, cut, Retry-After, '
  'or a policy that has other numbers now.';
revoke execute on function puppet_private.formula_in_words(
  public.puppet_jobs, public.puppet_job_retry_history, public.puppet_job_retry_config) from public;

create function puppet_private.delay_of(p_job public.puppet_jobs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_row public.puppet_job_retry_history;
  v_policy public.puppet_job_retry_config;
begin
  if p_job.status <> 'queued' or p_job.final_status is distinct from 'failed' then
    return null;
  end if;
  select h.* into v_row
  from public.puppet_job_retry_history h
  where h.job_id = p_job.id
    and h.logged_by = 'engine'
  order by h.attempt_number desc
  limit 1;
  if v_row.delay_seconds is null or v_row.next_retry_at is distinct from p_job.next_retry_at then
    return jsonb_build_object(
      'seconds', null,
      'text', case
        when p_job.next_retry_reason is not null
          then format('set by hand (%s)', p_job.next_retry_reason)
        when v_row.id is null then 'unknown: the row that scheduled it was pruned'
        when p_job.execution_attempts > v_row.attempt_number
          then 'its last attempt was snoozed or handed back'
        else 'set by hand (an update)'
      end);
  end if;
  if v_row.backoff_multiplier is null then
    return jsonb_build_object(
      'seconds', v_row.delay_seconds,
      'crashes', p_job.crash_count,
      'text', format('crash %s: 30 s × 2^%s%s', p_job.crash_count, p_job.crash_count - 1, case
        when v_row.delay_seconds < 30 * power(2::numeric, p_job.crash_count - 1)
          then format(', cut at %s', puppet_private.in_words(v_row.delay_seconds))
      end));
  end if;

  select p.* into v_policy from puppet_private.policy_for(p_job.job_type) p;
  return jsonb_build_object(
    'seconds', v_row.delay_seconds,
    'base_delay_seconds', v_policy.base_delay_seconds,
    'backoff_multiplier', v_row.backoff_multiplier,
    'exponent', p_job.retry_count - 1,
    'max_delay_seconds', v_policy.max_delay_seconds,
    'jitter_seconds', v_row.jitter_seconds,
    'text', format('retry %s of %s, %s', p_job.retry_count,
      coalesce(p_job.max_retries, v_policy.max_retries),
      puppet_private.formula_in_words(p_job, v_row, v_policy)));
end
$$;

comment on function puppet_private.delay_of(public.puppet_jobs) is
  'What the present wait of a job is made of: numbers, and text in words; null where it does not '
  'wait for a retry.';
revoke execute on function puppet_private.delay_of(public.puppet_jobs) from public;

create function puppet_private.history_of(p_job public.puppet_jobs)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when attempts.count > 0 then format('history has %s of %s attempts: %s', attempts.count,
      p_job.execution_attempts, 'failures and retries that succeeded leave a row')
    when p_job.execution_attempts = 0 then 'history is empty because the job was never claimed'
    -- Every attempt that leaves a row of a failure leaves its type on the job too. So does a retry
    -- by hand: while its reason stands, what tells is an outcome, or an error that no cancel wrote.
    when (p_job.last_error_type is not null and p_job.next_retry_reason is null)
      or p_job.settled_outcome = any ('{failed,crashed,cancelled}')
      or p_job.last_execution_error not like 'Cancelled: %'
      then 'history is empty because its rows were pruned'
    when p_job.status = 'running'
      then 'history is empty because the first attempt that could leave a row is still running'
    when p_job.status = 'completed'
      then 'history is empty because the job never failed: only failures, and retries that '
        'succeeded, leave a row'
    else 'history is empty because its attempts so far were snoozed or handed back, which '
      'leaves no row'
  end
  from (
    select count(*) from public.puppet_job_retry_history h
    where h.job_id = p_job.id
      and h.logged_by = 'engine'
  ) attempts (count)
$$;

comment on function puppet_private.history_of(public.puppet_jobs) is
  'How many attempts are in the history, or why there is none.';
revoke execute on function puppet_private.history_of(public.puppet_jobs) from public;
