-- The sentences of explain_job: numbers, waits and reasons in words.

create function puppet_private.in_words(p_seconds numeric)
returns text
language sql
immutable
as $$
  select case
    when abs(p_seconds) < 120 then format('%s s', round(abs(p_seconds)))
    when abs(p_seconds) < 7200 then format('%s min', round(abs(p_seconds) / 60))
    when abs(p_seconds) < 172800 then format('%s h', trim_scale(round(abs(p_seconds) / 3600, 1)))
    else format('%s d', trim_scale(round(abs(p_seconds) / 86400, 1)))
  end
$$;

comment on function puppet_private.in_words(numeric) is
  'A length of time, rounded: 90 s, 43 min, 2 h, 3.5 d.';
revoke execute on function puppet_private.in_words(numeric) from public;

create function puppet_private.seconds_between(p_from timestamptz, p_to timestamptz)
returns numeric
language sql
immutable
as $$
  select extract(epoch from p_to - p_from)
$$;

comment on function puppet_private.seconds_between(timestamptz, timestamptz) is
  'Seconds from one time to another, negative where it lies before.';
revoke execute on function puppet_private.seconds_between(timestamptz, timestamptz) from public;

create function puppet_private.delay_of(p_job public.puppet_jobs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_row public.puppet_job_retry_history;
  v_policy public.puppet_job_retry_config;
  v_own int;
  v_text text;
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
      'text', format('set by hand (%s)', coalesce(p_job.next_retry_reason, 'an update')));
  end if;
  if v_row.backoff_multiplier is null then
    return jsonb_build_object(
      'seconds', v_row.delay_seconds,
      'crashes', p_job.crash_count,
      'text', format('crash %s: 30 s × 2^%s', p_job.crash_count, p_job.crash_count - 1));
  end if;

  select p.* into v_policy from puppet_private.policy_for(p_job.job_type) p;
  select d.delay_seconds into v_own
  from puppet_private.retry_delay(p_job.retry_count - 1, v_policy, null, 0) d;
  v_text := format(
    'retry %s of %s, %s + jitter %s s', p_job.retry_count,
    coalesce(p_job.max_retries, v_policy.max_retries),
    case
      when v_policy.delay_schedule_seconds is not null
        then format('entry %s of delay_schedule_seconds', least(
          p_job.retry_count, cardinality(v_policy.delay_schedule_seconds)))
      else format(
        'base %s × %s^%s', puppet_private.in_words(v_policy.base_delay_seconds),
        trim_scale(v_row.backoff_multiplier), p_job.retry_count - 1)
    end,
    v_row.jitter_seconds);
  return jsonb_build_object(
    'seconds', v_row.delay_seconds,
    'base_delay_seconds', v_policy.base_delay_seconds,
    'backoff_multiplier', v_row.backoff_multiplier,
    'exponent', p_job.retry_count - 1,
    'max_delay_seconds', v_policy.max_delay_seconds,
    'jitter_seconds', v_row.jitter_seconds,
    'text', v_text || case
      when v_row.delay_seconds - v_row.jitter_seconds > v_policy.max_delay_seconds
        then format('; the server asked for %s (Retry-After)', puppet_private.in_words(
          v_row.delay_seconds - v_row.jitter_seconds))
      when v_row.delay_seconds - v_row.jitter_seconds > v_own and v_policy.jitter_strategy = 'additive'
        then format('; longer than that: a Retry-After, or the policy was changed since')
      when v_own >= v_policy.max_delay_seconds - v_policy.max_jitter_seconds
        then format('; cut at max_delay_seconds %s', puppet_private.in_words(
          v_policy.max_delay_seconds))
      else ''
    end);
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
    when p_job.status = 'running'
      then 'history is empty because the first attempt that could leave a row is still running'
    when p_job.status = 'completed' and p_job.retry_count = 0
      then 'history is empty because the job never failed: only failures, and retries that '
        'succeeded, leave a row'
    when p_job.retry_count = 0 and p_job.crash_count = 0
      then 'history is empty because its attempts so far were snoozed or handed back, which '
        'leaves no row'
    else 'history is empty because its rows were pruned'
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
