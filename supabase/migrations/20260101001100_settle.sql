-- Settling: the one place where an attempt ends. Every outcome, reported, expired or handed back,
-- is judged; those that count move their job and leave their history row in one statement.

create type puppet_private.settled_job as (
  job_id uuid,
  accepted boolean,
  replayed boolean,
  status text,
  decision text,
  reason text,
  next_retry_at timestamptz
);

comment on type puppet_private.settled_job is
  'The answer about one outcome. Answers stay rows as long as those of claimed_job do.';

create function puppet_private.settle_in_turn(p_outcomes jsonb, p_known text[])
returns puppet_private.settled_job[]
language plpgsql
set search_path = ''
as $$
declare
  v_turn record;
  v_answers puppet_private.settled_job[];
  v_report puppet_private.settled_job[];
begin
  for v_turn in
    select jsonb_agg(i.value order by i.place) as outcomes,
      array_agg(i.place order by i.place) as places
    from (
      select o.value, o.place,
        case
          when named.id is null then 1
          else row_number() over (partition by named.id order by o.place)
        end as turn
      from jsonb_array_elements(p_outcomes) with ordinality o (value, place)
      cross join lateral (
        select puppet_private.uuid_or_null(o.value ->> 'job_id')
      ) named (id)
    ) i
    group by i.turn
    order by i.turn
  loop
    v_answers := puppet_private.settle(v_turn.outcomes, p_known);
    for v_nth in 1..cardinality(v_answers) loop
      v_report[v_turn.places[v_nth]] := v_answers[v_nth];
    end loop;
  end loop;
  return v_report;
end
$$;

comment on function puppet_private.settle_in_turn(jsonb, text[]) is
  'As settle, where outcomes name a job more than once: the second of each job is settled after '
  'the first of all, as if it came in a later call.';
revoke execute on function puppet_private.settle_in_turn(jsonb, text[]) from public;

create function puppet_private.correct_late_attempts(p_late jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.puppet_job_retry_history h
  set success = true,
    decision = 'succeeded_late',
    error_type = null,
    error_message = null,
    delay_seconds = null,
    next_retry_at = null,
    duration_ms = coalesce(l.duration_ms, h.duration_ms)
  from jsonb_to_recordset(p_late) l (job_id uuid, attempt_number int, duration_ms int)
  where h.job_id = l.job_id
    -- Said twice, so that no plan reads the history of everybody.
    and h.job_id = any (array(
      select (i.value ->> 'job_id')::uuid from jsonb_array_elements(p_late) i (value)))
    and h.attempt_number = l.attempt_number
    and h.logged_by = 'engine';
end
$$;

comment on function puppet_private.correct_late_attempts(jsonb) is
  'Attempts { job_id, attempt_number, duration_ms } that a rescue gave up for lost did succeed.';
revoke execute on function puppet_private.correct_late_attempts(jsonb) from public;

create function puppet_private.settle(p_outcomes jsonb, p_known text[])
returns puppet_private.settled_job[]
language plpgsql
set search_path = ''
-- As in claim.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_now timestamptz;
  v_locked record;
  v_report puppet_private.settled_job[];
  v_late jsonb;
  v_u constant double precision := random();
begin
  v_locked := puppet_private.lock_jobs_of(p_outcomes);
  if v_locked.any_twice then
    return puppet_private.settle_in_turn(p_outcomes, p_known);
  end if;
  v_now := clock_timestamp();

  with judged as materialized (
    select g.*,
      case
        when g.decision in ('succeeded', 'succeeded_late') then 'completed'
        when g.decision = 'cancelled' then 'cancelled'
        when g.decision = 'retry_scheduled' then 'queued'
        when g.decision in ('snoozed', 'released') and g.is_retry then 'queued'
        when g.decision in ('snoozed', 'released') then 'pending'
        when g.decision is not null then 'permanently_failed'
      end as new_status,
      case g.decision
        when 'retry_scheduled' then v_now + make_interval(secs => g.wait_seconds)
        when 'snoozed' then g.snoozed_until
        when 'released' then v_now
      end as new_next_retry_at,
      g.decision in ('retry_scheduled', 'snoozed', 'released') as goes_on,
      g.decision not in ('succeeded', 'succeeded_late', 'snoozed', 'released') as ends_in_error,
      coalesce(g.error_type, case
        when g.crashed then 'lease_expired'
        when g.outcome = 'failed' then 'unknown_error'
        when g.decision = 'max_elapsed_reached' then 'timeout'
        else 'cancelled'
      end) as logged_error_type
    from puppet_private.judge_outcomes(
      p_outcomes, p_known, v_locked.ctids, v_locked.job_types, v_now, v_u) g
  ), moved as (
    update public.puppet_jobs j
    set status = m.new_status,
      final_status = case
        when m.decision = 'retry_scheduled' then 'failed'
        when m.goes_on then j.final_status
        else m.new_status
      end,
      next_retry_at = m.new_next_retry_at,
      retry_count = j.retry_count + (m.decision = 'retry_scheduled' and not m.crashed)::int,
      crash_count = j.crash_count + (m.crashed and m.ends_in_error)::int,
      snooze_count = j.snooze_count + (m.decision = 'snoozed')::int,
      release_count = case when m.decision = 'released' then j.release_count + 1 else 0 end,
      last_execution_error = case
        -- What cancel_job wrote there: why it was cancelled, which is not so where it completed.
        when j.cancel_requested_at is not null and m.decision = 'cancelled'
          then coalesce(j.last_execution_error, m.error_message, m.logged_error_type)
        when j.cancel_requested_at is not null and not m.ends_in_error then null
        when m.ends_in_error then coalesce(m.error_message, m.logged_error_type)
        else j.last_execution_error
      end,
      last_error_type = case
        when m.ends_in_error then m.logged_error_type
        else j.last_error_type
      end,
      stop_reason = case when not m.goes_on then m.decision end,
      completed_at = case when not m.goes_on then v_now end,
      result_data = case
        when m.decision in ('succeeded', 'succeeded_late') then m.result
        else j.result_data
      end,
      next_retry_reason = case
        when m.decision in ('snoozed', 'released') then j.next_retry_reason
      end,
      executing_by = null,
      executing_at = null,
      execution_timeout_at = null,
      -- An expired lease was not settled: its executor may still be late, and then counts.
      settled_token = case when m.outcome = 'expired' then j.settled_token else m.lease_token end,
      settled_outcome = case
        when m.outcome = 'expired' then j.settled_outcome
        else m.outcome
      end,
      updated_at = v_now
    from judged m
    where m.decision is not null
      and j.ctid = m.row_ctid
  ), logged as (
    insert into public.puppet_job_retry_history (
      job_id, user_id, job_type, attempt_number, is_retry, attempted_at, duration_ms, success,
      error_type, error_message, decision, delay_seconds, backoff_multiplier, jitter_seconds,
      next_retry_at, retry_reason, executor_id, execution_context, logged_by, created_at)
    -- No number that somebody set back by hand, no unique index that an adopted history brought
    -- along, and no clock that was set back must keep the job from being settled.
    select m.job_id, m.user_id, m.job_type, greatest(m.attempt_number, 1), m.is_retry,
      m.executing_at,
      coalesce(m.duration_ms, greatest(0, least(
        extract(epoch from v_now - m.executing_at) * 1000, 2000000000))::int),
      m.decision = 'succeeded',
      case when m.ends_in_error then m.logged_error_type end,
      case when m.ends_in_error then m.error_message end,
      m.decision, m.wait_seconds, m.backoff_multiplier, m.jitter_seconds,
      v_now + make_interval(secs => m.wait_seconds), m.retry_reason, m.executing_by, m.context,
      'engine', v_now
    from judged m
    where m.ends_in_error
      or (m.decision = 'succeeded' and m.is_retry)
    -- Without a target: any unique index may be in the way.
    on conflict do nothing
  )
  select
    array_agg(
      row(
        coalesce(g.job_id, puppet_private.uuid_or_null(g.given_id)),
        g.verdict in ('held', 'late', 'replayed'),
        g.verdict = 'replayed',
        coalesce(g.new_status, g.old_status),
        coalesce(
          nullif(nullif(g.decision, 'snoozed'), 'released'),
          g.old_decision,
          case when g.verdict = 'replayed' and g.outcome = 'failed' then 'retry_scheduled' end),
        case when g.verdict not in ('held', 'late', 'replayed') then g.verdict end,
        case when g.decision is null then g.old_next_retry_at else g.new_next_retry_at end
      )::puppet_private.settled_job
      order by g.place),
    jsonb_agg(
      jsonb_build_object(
        'job_id', g.job_id, 'attempt_number', g.attempt_number, 'duration_ms', g.duration_ms))
      filter (where g.decision = 'succeeded_late')
  into v_report, v_late
  from judged g;

  if v_late is not null then
    perform puppet_private.correct_late_attempts(v_late);
  end if;
  return coalesce(v_report, '{}');
end
$$;

comment on function puppet_private.settle(jsonb, text[]) is
  'Applies outcomes of the known kinds and reports on each, in order, as settle_jobs says.';
revoke execute on function puppet_private.settle(jsonb, text[]) from public;
