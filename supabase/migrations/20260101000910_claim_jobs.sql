-- claim_jobs: hands due jobs to an executor; the same lease token again gives the same jobs.

create function puppet_private.check_executor_id(p_executor_id text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_executor_id is null or btrim(p_executor_id) = '' or char_length(p_executor_id) > 200 then
    raise sqlstate 'PT400' using
      message = 'Cannot act for an executor without a name: p_executor_id is empty or too long',
      hint = 'Give each executor an id of 1 to 200 characters, its own.';
  end if;
end
$$;

comment on function puppet_private.check_executor_id(text) is
  'Raises PT400 unless the executor id is 1 to 200 characters.';
revoke execute on function puppet_private.check_executor_id(text) from public;

create function puppet_private.claim(
  p_executor_id text,
  p_limit int,
  p_job_types text[],
  p_include_new boolean,
  p_include_retries boolean,
  p_lease_seconds int,
  p_lease_token uuid
)
returns puppet_private.claimed_job[]
language plpgsql
set search_path = ''
-- Plans that are made here are kept for long: one for the very ids of each call would cost more than
-- the call, and one made while the table was small would go on reading all of it.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
declare
  v_now timestamptz;
  v_fresh constant uuid := gen_random_uuid();
  v_token constant uuid := coalesce(p_lease_token, v_fresh);
  v_types constant text[] := array(
    select distinct t.job_type
    from unnest(coalesce(p_job_types, puppet_private.handled_types())) t (job_type));
  v_level constant interval := puppet_private.priority_level();
  v_ids uuid[];
  v_locked record;
  v_claimed puppet_private.claimed_job[];
begin
  perform puppet_private.check_executor_id(p_executor_id);
  if p_limit is null or p_limit not between 0 and 1000 then
    raise sqlstate 'PT400' using
      message = format('Cannot claim jobs: p_limit must be 0 to 1000: it is %s', p_limit),
      hint = 'Claim in batches of at most 1000 jobs.';
  end if;
  if p_lease_seconds not between 1 and 86400 then
    raise sqlstate 'PT400' using
      message = format(
        'Cannot claim jobs: p_lease_seconds must be 1 to 86400: it is %s', p_lease_seconds),
      hint = 'Leave it out to get the timeout of the job type and 15 s.';
  end if;

  if p_lease_token is not null then
    -- The same claim, sent again while the first is under way, waits for its jobs.
    perform pg_advisory_xact_lock(hashtextextended(p_lease_token::text, 0));
    v_ids := array(
      select j.id
      from public.puppet_jobs j
      where j.status = 'running'
        and j.claim_token = p_lease_token
        and j.executing_by = p_executor_id
      order by coalesce(j.next_retry_at, j.scheduled_at) - j.priority * v_level, j.id);
    if cardinality(v_ids) > 0 then
      return puppet_private.jobs_as_claimed(v_ids);
    end if;
  end if;
  -- After the wait for the other claim: a lease counts from when it is given out.
  v_now := clock_timestamp();

  loop
    v_locked := puppet_private.lock_due_jobs(
      v_types, p_limit, p_include_new, p_include_retries, v_now, v_level);
    if v_locked.ctids is null then
      return array[]::puppet_private.claimed_job[];
    end if;
    exit when v_locked.at_end is null;
    -- Jobs that are at their end must not make those behind them wait for the next claim.
    exit when puppet_private.end_jobs_that_may_not_run(v_locked.at_end, v_now)
      < cardinality(v_locked.ctids);
  end loop;

  with policies as materialized (
    -- Looked up once for each type, not once for each job.
    select * from puppet_private.policies_of(v_types)
  ), claimed as (
    update public.puppet_jobs j
    set status = 'running',
      execution_attempts = j.execution_attempts + 1,
      executing_by = p_executor_id,
      executing_at = v_now,
      execution_timeout_at = least(
        j.deadline_at,
        v_now + make_interval(
          secs => coalesce(p_lease_seconds, (p.policy).timeout_seconds + 15))),
      claim_token = v_token,
      -- A token that this job has had before would let an old outcome pass for a new one, so only
      -- a first attempt takes the executor's. Jobs of one claim may share theirs.
      lease_token = case when j.execution_attempts = 0 then v_token else v_fresh end,
      last_attempt_at = v_now,
      updated_at = v_now
    from policies p
    where j.ctid = any (v_locked.ctids)
      -- Waiting, in words that name no partial index. Those that were ended have moved away.
      and j.executing_at is null
      and coalesce(j.final_status, 'failed') = 'failed'
      and p.for_type = j.job_type
    returning j.id, puppet_private.job_as_claimed(j, p.policy) as answer,
      coalesce(j.next_retry_at, j.scheduled_at) - j.priority * v_level as ranks_as
  )
  select array_agg(c.answer order by c.ranks_as, c.id)
  into v_claimed
  from claimed c;
  return coalesce(v_claimed, '{}');
end
$$;

comment on function puppet_private.claim(text, int, text[], boolean, boolean, int, uuid) is
  'Claims due jobs as claim_jobs says.';
revoke execute on function puppet_private.claim(text, int, text[], boolean, boolean, int, uuid)
  from public;

create function public.claim_jobs(
  p_executor_id text,
  p_limit int default 20,
  p_job_types text[] default null,
  p_include_new boolean default true,
  p_include_retries boolean default true,
  p_lease_seconds int default null,
  p_lease_token uuid default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  return to_jsonb(puppet_private.claim(
    p_executor_id, p_limit, p_job_types, p_include_new, p_include_retries, p_lease_seconds,
    p_lease_token));
end
$$;

comment on function public.claim_jobs(
  text, int, text[], boolean, boolean, int, uuid) is
  'Claims due jobs for an executor: an array of { job_id, user_id, job_type, job_config, priority, '
  'attempt_number, is_retry, retry_count, max_retries, timeout_seconds, lease_token, '
  'lease_expires_at, deadline_at, endpoint_url }. p_lease_token, new for each claim, makes it '
  'repeatable after a lost reply. Raises PT400 for a call that makes no sense.';
revoke execute on function public.claim_jobs(
  text, int, text[], boolean, boolean, int, uuid) from public, anon, authenticated;
grant execute on function public.claim_jobs(
  text, int, text[], boolean, boolean, int, uuid) to service_role;
