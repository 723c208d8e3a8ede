-- Claiming: due jobs become running under a lease, each for one executor alone.

create function puppet_private.lock_due_jobs(
  p_job_types text[],
  p_limit int,
  p_include_new boolean,
  p_include_retries boolean,
  p_now timestamptz,
  p_priority_level interval,
  out ctids tid[],
  out at_end uuid[]
)
language plpgsql
set search_path = ''
as $$
declare
  c_reply_bytes constant int := 4000000;
begin
  -- First, unlocked, how many each type and priority contributes; then exactly so many are locked
  -- there. Two claims at once get the first and the next jobs of the same lists, and none locks
  -- what it does not take.
  with quota as materialized (
    select d.job_type, d.priority, min(d.due_at) as due_from, count(*) as jobs
    from puppet_private.due_jobs(
      p_job_types, p_limit, p_include_new, p_include_retries, p_now, p_priority_level) d
    group by d.job_type, d.priority
  ), locked as materialized (
    select due.id, due.row_ctid, due.bytes, due.may_run_until,
      due.due_at - q.priority * p_priority_level as ranks_as
    from quota q
    cross join lateral (
      select w.id, w.row_ctid, w.due_at, w.may_run_until,
        -- What is stored small and plain is small; all else is measured as it will be sent.
        case
          when pg_column_compression(w.job_config) is null
            and pg_column_size(w.job_config) < 2000 then pg_column_size(w.job_config)
          else octet_length(w.job_config::text)
        end as bytes
      from puppet_private.waiting_jobs w
      where w.job_type = q.job_type
        and w.priority = q.priority
        and w.due_at between q.due_from and p_now
        and (p_include_new or w.final_status is not null)
        and (p_include_retries or w.final_status is null)
      order by w.due_at
      limit q.jobs
      for no key update skip locked
    ) due
  ), measured as (
    select l.*, sum(l.bytes) over (order by l.ranks_as, l.id) - l.bytes as before
    from locked l
  )
  select array_agg(m.row_ctid),
    array_agg(m.id) filter (where m.may_run_until <= p_now)
  into ctids, at_end
  from measured m
  where m.before < c_reply_bytes;
end
$$;

comment on function puppet_private.lock_due_jobs(
  text[], int, boolean, boolean, timestamptz, interval) is
  'Locks up to p_limit due jobs that nobody else holds, the first in claiming order, about 4 MB at '
  'most. ctids: where they are, until they are updated here; at_end: those that may run no more.';
revoke execute on function puppet_private.lock_due_jobs(
  text[], int, boolean, boolean, timestamptz, interval) from public;

create function puppet_private.end_jobs_that_may_not_run(p_ids uuid[], p_now timestamptz)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_count int;
begin
  if cardinality(p_ids) = 0 then
    return 0;
  end if;
  update public.puppet_jobs j
  set status = 'permanently_failed',
    final_status = 'permanently_failed',
    stop_reason = case
      when j.deadline_at <= p_now then 'deadline_passed'
      else 'retries_disabled'
    end,
    next_retry_at = null,
    completed_at = p_now,
    updated_at = p_now
  from puppet_private.waiting_jobs w
  where j.id = any (p_ids)
    and w.id = j.id
    and w.id = any (p_ids)
    and w.may_run_until <= p_now;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

comment on function puppet_private.end_jobs_that_may_not_run(uuid[], timestamptz) is
  'Ends those of the locked jobs whose deadline has passed or whose retries were switched off.';
revoke execute on function puppet_private.end_jobs_that_may_not_run(uuid[], timestamptz)
  from public;

create type puppet_private.claimed_job as (
  job_id uuid,
  user_id uuid,
  job_type text,
  job_config jsonb,
  priority int,
  attempt_number int,
  is_retry boolean,
  retry_count int,
  max_retries int,
  timeout_seconds int,
  lease_token uuid,
  lease_expires_at timestamptz,
  deadline_at timestamptz,
  endpoint_url text
);

comment on type puppet_private.claimed_job is
  'A job in the reply to a claim. Replies are arrays of rows until the last function makes JSON of '
  'them, all at once: a third of the cost of building and joining objects.';

create function puppet_private.job_as_claimed(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config
)
returns puppet_private.claimed_job
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select row(
    p_job.id,
    p_job.user_id,
    p_job.job_type,
    p_job.job_config,
    p_job.priority,
    p_job.execution_attempts,
    p_job.final_status is not distinct from 'failed',
    p_job.retry_count,
    coalesce(p_job.max_retries, p_policy.max_retries),
    p_policy.timeout_seconds,
    p_job.lease_token,
    p_job.execution_timeout_at,
    p_job.deadline_at,
    case when p_policy.job_type = p_job.job_type then p_policy.endpoint_url end
  )::puppet_private.claimed_job
$$;

comment on function puppet_private.job_as_claimed(
  public.puppet_jobs, public.puppet_job_retry_config) is
  'A running job as its executor gets it.';
revoke execute on function puppet_private.job_as_claimed(
  public.puppet_jobs, public.puppet_job_retry_config) from public;

create function puppet_private.jobs_as_claimed(p_ids uuid[])
returns puppet_private.claimed_job[]
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(
      array_agg(puppet_private.job_as_claimed(j, p.policy) order by asked.place), '{}')
    from unnest(p_ids) with ordinality asked (id, place)
    join public.puppet_jobs j on j.id = asked.id
    cross join lateral puppet_private.policies_of(array[j.job_type]) p
    -- Not by status, as in claim.
    where j.executing_by is not null
  );
end
$$;

comment on function puppet_private.jobs_as_claimed(uuid[]) is
  'The running ones of these jobs, as an executor gets them.';
revoke execute on function puppet_private.jobs_as_claimed(uuid[]) from public;
