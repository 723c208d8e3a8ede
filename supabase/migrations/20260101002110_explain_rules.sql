-- The rules that hold a job or let it go, one function for each place a job can be in.

create function puppet_private.explain_waiting(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_now timestamptz
)
returns table (rule text, verdict text, says text)
language sql
stable
set search_path = ''
as $$
  select 'deadline',
    case when p_job.deadline_at <= p_now then 'ends' else 'lets_go' end,
    case
      when p_job.deadline_at is null then 'the job has no deadline_at'
      when p_job.deadline_at <= p_now then format(
        'will not run: deadline_at was %s ago; the next tick ends it',
        puppet_private.in_words(puppet_private.seconds_between(p_job.deadline_at, p_now)))
      else format('deadline_at is in %s',
        puppet_private.in_words(puppet_private.seconds_between(p_now, p_job.deadline_at)))
    end
  union all
  select 'handled_type', case when h.sources is null then 'holds' else 'lets_go' end,
    coalesce(
      'type ' || p_job.job_type || ' is run by its ' || h.sources,
      format('not claimable: nobody handles type %s; give its policy an endpoint_url, or deploy a '
        'handler and call the processor once', p_job.job_type))
  from (
    select string_agg(t.source, ' and its ' order by t.source)
    from public.puppet_handled_types t
    where t.job_type = p_job.job_type
  ) h (sources)
  union all
  select 'due',
    case when due.at > p_now then 'holds' else 'lets_go' end,
    case
      when due.at > p_now then format('waits: %s is in %s%s', due.name,
        puppet_private.in_words(puppet_private.seconds_between(p_now, due.at)),
        ' (' || (puppet_private.delay_of(p_job) ->> 'text') || ')')
      else format('due: %s was %s ago', due.name,
        puppet_private.in_words(puppet_private.seconds_between(due.at, p_now)))
    end
  from (
    select coalesce(p_job.next_retry_at, p_job.scheduled_at),
      case when p_job.next_retry_at is null then 'scheduled_at' else 'next_retry_at' end
  ) due (at, name)
  union all
  select 'retry_enabled',
    case
      when p_job.retry_enabled or p_job.next_retry_reason is not null then 'lets_go'
      when p_job.final_status is null then 'limits'
      else 'ends'
    end,
    case
      when p_job.retry_enabled then 'retry_enabled of the job is true'
      when p_job.next_retry_reason is not null then format(
        'retry_enabled of the job is false, but this retry was asked for (%s)',
        p_job.next_retry_reason)
      when p_job.final_status is null
        then 'retry_enabled of the job is false: its first failure will be its last'
      else 'will not retry: retry_enabled of the job is false; the next claim ends it'
    end
$$;

comment on function puppet_private.explain_waiting(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) is
  'What decides whether a waiting job may be claimed now.';
revoke execute on function puppet_private.explain_waiting(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) from public;

create function puppet_private.explain_budget(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config
)
returns table (rule text, verdict text, says text)
language sql
stable
set search_path = ''
as $$
  select 'policy', case when p_policy.enabled then 'lets_go' else 'limits' end,
    case
      when p_policy.job_type = p_job.job_type then format('policy %s applies', p_policy.job_type)
      else format('type %s has no policy: policy default applies', p_job.job_type)
    end || case
      when p_policy.enabled then ''
      else '; it is disabled (enabled is false): the next failure gets no retry'
    end
  union all
  select 'budget',
    case when p_job.retry_count < budget.max then 'lets_go' else 'limits' end,
    format('%s of %s retries are used up (max_retries of %s)%s', p_job.retry_count, budget.max,
      case
        when p_job.max_retries is null then format('policy %s', p_policy.job_type)
        else 'the job'
      end,
      case
        when p_job.retry_count < budget.max then ''
        else ': the next failure is the last'
      end)
  from (select coalesce(p_job.max_retries, p_policy.max_retries)) budget (max)
$$;

comment on function puppet_private.explain_budget(
  public.puppet_jobs, public.puppet_job_retry_config) is
  'Which policy applies, and how many retries are left.';
revoke execute on function puppet_private.explain_budget(
  public.puppet_jobs, public.puppet_job_retry_config) from public;

create function puppet_private.explain_tick(p_job public.puppet_jobs, p_now timestamptz)
returns table (rule text, verdict text, says text)
language sql
stable
set search_path = ''
as $$
  -- Asked of a due job of a handled type: is anybody called for it, and does anybody answer?
  select 'tick',
    case
      when armed.why_not is not null then 'holds'
      when answered.at is null and due.at < since.at then 'holds'
      else 'lets_go'
    end,
    case
      when armed.why_not is not null then armed.why_not
      when due.at >= since.at then 'due just now: the next tick calls a processor'
      when answered.at is not null then format('a tick''s call was answered %s ago',
        puppet_private.in_words(puppet_private.seconds_between(answered.at, p_now)))
      when last.id is null then 'no tick has called a processor since the job was due: is the cron '
        'job puppet-retry-tick active?'
      when last.created_at < since.at then format('no tick has called a processor for %s: is the '
        'cron job puppet-retry-tick active?',
        puppet_private.in_words(puppet_private.seconds_between(last.created_at, p_now)))
      when last.error is not null then format('the tick could not call: %s', last.error)
      else format('the tick called %s ago and nobody has answered: is the processor deployed at '
        'puppet_processor_url?',
        puppet_private.in_words(puppet_private.seconds_between(last.created_at, p_now)))
    end
  from (select coalesce(p_job.next_retry_at, p_job.scheduled_at)) due (at)
  -- An answer of before it tells nothing of the calls that are made now.
  cross join (select p_now - puppet_private.call_patience()) since (at)
  cross join (select puppet_private.why_no_calls()) armed (why_not)
  cross join lateral (
    select max(r.started_at)
    from public.puppet_tick_receipts r
    where r.created_at >= greatest(due.at, since.at)
  ) answered (at)
  left join lateral (
    select r.*
    from public.puppet_tick_receipts r
    where r.created_at >= due.at
    order by r.created_at desc
    limit 1
  ) last on true
  where due.at <= p_now
    and p_job.job_type = any (puppet_private.handled_types())
$$;

comment on function puppet_private.explain_tick(public.puppet_jobs, timestamptz) is
  'Of a due job: whether a processor was called for it in the last minutes, and answered.';
revoke execute on function puppet_private.explain_tick(public.puppet_jobs, timestamptz) from public;

create function puppet_private.explain_running(p_job public.puppet_jobs, p_now timestamptz)
returns table (rule text, verdict text, says text)
language sql
stable
set search_path = ''
as $$
  select 'lease', 'holds',
    case
      when p_job.execution_timeout_at <= p_now then format(
        'held: the lease of executor %s ended %s ago; the next tick rescues the job',
        p_job.executing_by,
        puppet_private.in_words(puppet_private.seconds_between(p_job.execution_timeout_at, p_now)))
      else format('held: lease of executor %s until %s (%s more)', p_job.executing_by,
        to_char(p_job.execution_timeout_at at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
        puppet_private.in_words(puppet_private.seconds_between(p_now, p_job.execution_timeout_at)))
    end
  union all
  select 'cancel', 'ends', format('a cancel was asked for %s ago; the executor hears of it at its '
    'next heartbeat', puppet_private.in_words(
      puppet_private.seconds_between(p_job.cancel_requested_at, p_now)))
  where p_job.cancel_requested_at is not null
$$;

comment on function puppet_private.explain_running(public.puppet_jobs, timestamptz) is
  'Who holds a running job, and until when.';
revoke execute on function puppet_private.explain_running(public.puppet_jobs, timestamptz)
  from public;

create function puppet_private.explain_ended(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_now timestamptz
)
returns table (rule text, verdict text, says text)
language sql
stable
set search_path = ''
as $$
  select coalesce(p_job.stop_reason, p_job.status), 'ended',
    case p_job.stop_reason
      when 'succeeded' then 'completed'
      when 'succeeded_late' then 'completed by an executor whose lease had ended already'
      when 'error_not_retryable' then case
        when p_job.last_error_type = any (p_policy.do_not_retry_on) then format(
          'will not retry: error type %s is in do_not_retry_on of policy %s',
          p_job.last_error_type, p_policy.job_type)
        when p_job.last_error_type <> all (p_policy.retry_on_error_types) then format(
          'will not retry: error type %s is not in retry_on_error_types of policy %s',
          p_job.last_error_type, p_policy.job_type)
        else format('will not retry: the policy of then did not retry error type %s',
          p_job.last_error_type)
      end
      when 'retries_disabled' then 'will not retry: retry_enabled of the job is false'
      when 'policy_disabled' then case
        when p_policy.enabled then 'will not retry: enabled of the policy of then was false'
        else format('will not retry: enabled of policy %s was false', p_policy.job_type)
      end
      when 'max_retries_reached' then case
        when p_job.retry_count < coalesce(p_job.max_retries, p_policy.max_retries) then format(
          'will not retry: retry_count %s had reached max_retries, which was changed since',
          p_job.retry_count)
        else format(
          'will not retry: retry_count %s has reached max_retries %s of %s', p_job.retry_count,
          coalesce(p_job.max_retries, p_policy.max_retries),
          case
            when p_job.max_retries is null then format('policy %s', p_policy.job_type)
            else 'the job'
          end)
      end
      when 'max_elapsed_reached' then coalesce(
        format(
          'will not retry: the next attempt would lie more than max_elapsed_seconds '
          || p_policy.max_elapsed_seconds || ' of policy %s after retry_window_started_at',
          p_policy.job_type),
        'will not retry: the next attempt would have lain more than max_elapsed_seconds of the '
        'policy of then after retry_window_started_at')
      when 'deadline_passed' then format('will not run again: deadline_at %s has passed, or the '
        'next attempt would lie behind it', p_job.deadline_at)
      when 'crash_limit_reached' then case
        when p_job.crash_count < p_policy.max_crashes then format(
          'will not retry: crash_count %s had reached max_crashes, which was changed since',
          p_job.crash_count)
        else format(
          'will not retry: crash_count %s has reached max_crashes %s of policy %s',
          p_job.crash_count, p_policy.max_crashes, p_policy.job_type)
      end
      when 'cancelled' then case
        when p_job.last_execution_error like 'Cancelled: %' then p_job.last_execution_error
        else concat_ws('; its last attempt: ', 'cancelled while it ran', p_job.last_execution_error)
      end
      else format('set to %s by an update', p_job.status)
    end
  union all
  select 'manual_retry', case when p_job.deadline_at <= p_now then 'limits' else 'lets_go' end,
    case
      when p_job.deadline_at <= p_now then format('retry_job refuses, since deadline_at was %s '
        'ago, unless it is given a later p_deadline_at',
        puppet_private.in_words(puppet_private.seconds_between(p_job.deadline_at, p_now)))
      else 'retry_job gives it a fresh budget'
    end
  where p_job.status in ('permanently_failed', 'cancelled')
$$;

comment on function puppet_private.explain_ended(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) is
  'Why a job has ended, with the value that decided.';
revoke execute on function puppet_private.explain_ended(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) from public;
