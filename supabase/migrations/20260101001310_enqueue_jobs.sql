-- The enqueue itself: one insert, and one answer per job in the order given.

create function puppet_private.rows_of_jobs(
  p_jobs jsonb,
  p_ids uuid[],
  p_owner uuid,
  p_now timestamptz
)
returns table (
  id uuid, user_id uuid, job_type text, job_config jsonb, priority int, scheduled_at timestamptz,
  retry_window_started_at timestamptz, max_retries int, retry_enabled boolean,
  deadline_at timestamptz, idempotency_key text, campaign_id uuid, created_at timestamptz,
  updated_at timestamptz, place bigint)
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select p_ids[i.place], coalesce(j.user_id, p_owner), coalesce(j.job_type, 'default'),
    coalesce(nullif(j.job_config, 'null'), '{}'), coalesce(j.priority, 5),
    coalesce(j.scheduled_at, p_now), coalesce(j.scheduled_at, p_now), j.max_retries,
    coalesce(j.retry_enabled, true), j.deadline_at, j.idempotency_key, j.campaign_id, p_now, p_now,
    i.place
  from jsonb_array_elements(p_jobs) with ordinality i (value, place)
  cross join lateral jsonb_to_record(i.value) j (
    user_id uuid, job_type text, job_config jsonb, priority int, scheduled_at timestamptz,
    max_retries int, retry_enabled boolean, deadline_at timestamptz, idempotency_key text,
    campaign_id uuid)
$$;

comment on function puppet_private.rows_of_jobs(jsonb, uuid[], uuid, timestamptz) is
  'Jobs to be enqueued as rows, each under the id at its place.';
revoke execute on function puppet_private.rows_of_jobs(jsonb, uuid[], uuid, timestamptz)
  from public;

create function puppet_private.insert_jobs(p_jobs jsonb, p_ids uuid[], p_owner uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  -- Without ON CONFLICT, for which each row would take a lock and a record of the log more.
  insert into public.puppet_jobs (
    id, user_id, job_type, job_config, priority, scheduled_at, retry_window_started_at,
    max_retries, retry_enabled, deadline_at, campaign_id, created_at, updated_at)
  select r.id, r.user_id, r.job_type, r.job_config, r.priority, r.scheduled_at,
    r.retry_window_started_at, r.max_retries, r.retry_enabled, r.deadline_at, r.campaign_id,
    r.created_at, r.updated_at
  from puppet_private.rows_of_jobs(p_jobs, p_ids, p_owner, v_now) r;
end
$$;

comment on function puppet_private.insert_jobs(jsonb, uuid[], uuid) is
  'Inserts jobs that have no idempotency key under the given ids.';
revoke execute on function puppet_private.insert_jobs(jsonb, uuid[], uuid) from public;

create function puppet_private.insert_jobs_with_keys(p_jobs jsonb, p_ids uuid[], p_owner uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  -- In key order: two batches with the same keys wait for each other instead of deadlocking.
  insert into public.puppet_jobs (
    id, user_id, job_type, job_config, priority, scheduled_at, retry_window_started_at,
    max_retries, retry_enabled, deadline_at, campaign_id, created_at, updated_at, idempotency_key)
  select r.id, r.user_id, r.job_type, r.job_config, r.priority, r.scheduled_at,
    r.retry_window_started_at, r.max_retries, r.retry_enabled, r.deadline_at, r.campaign_id,
    r.created_at, r.updated_at, r.idempotency_key
  from puppet_private.rows_of_jobs(p_jobs, p_ids, p_owner, v_now) r
  where r.id is not null
  order by r.idempotency_key, r.user_id, r.job_type, r.place
  on conflict (user_id, job_type, idempotency_key) where idempotency_key is not null do nothing;
end
$$;

comment on function puppet_private.insert_jobs_with_keys(jsonb, uuid[], uuid) is
  'Inserts the jobs under the given ids, leaving out those without an id and those whose '
  'idempotency key is taken.';
revoke execute on function puppet_private.insert_jobs_with_keys(jsonb, uuid[], uuid) from public;

create function puppet_private.answers_about_jobs(p_jobs jsonb, p_ids uuid[], p_owner uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(
      jsonb_build_object(
        'job_id', j.id,
        'created', j.id = p_ids[i.place],
        'same_payload',
          j.job_config = coalesce(nullif(i.value -> 'job_config', 'null'), '{}'))
      order by i.place)
    from jsonb_array_elements(p_jobs) with ordinality i (value, place)
    left join lateral (
      select own.id, own.job_config
      from public.puppet_jobs own
      where own.id = p_ids[i.place]
      union all
      select first.id, first.job_config
      from public.puppet_jobs first
      where first.id <> p_ids[i.place]
        and first.user_id = coalesce((i.value ->> 'user_id')::uuid, p_owner)
        and first.job_type = coalesce(i.value ->> 'job_type', 'default')
        and first.idempotency_key = i.value ->> 'idempotency_key'
    ) j on true
  );
end
$$;

comment on function puppet_private.answers_about_jobs(jsonb, uuid[], uuid) is
  'What enqueue_jobs answers about jobs with keys: each is there under its own id, or the first of '
  'its key is; job_id null where neither is.';
revoke execute on function puppet_private.answers_about_jobs(jsonb, uuid[], uuid) from public;

create function puppet_private.enqueue_with_keys(p_jobs jsonb, p_ids uuid[], p_owner uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  v_open uuid[] := p_ids;
  v_answers jsonb;
begin
  perform puppet_private.free_idempotency_keys(p_jobs, p_owner, clock_timestamp());
  -- The first job of a key can be deleted, or lose its key, between an insert that left out the
  -- second and the look for the first: then the second is inserted after all.
  for v_try in 1..3 loop
    perform puppet_private.insert_jobs_with_keys(p_jobs, v_open, p_owner);
    -- A statement of its own, so that it sees the job of another call that the insert waited for.
    v_answers := puppet_private.answers_about_jobs(p_jobs, p_ids, p_owner);
    if not jsonb_path_exists(v_answers, '$[*].job_id ? (@ == null)') then
      return v_answers;
    end if;
    v_open := array(
      select case when a.value -> 'job_id' = 'null' then p_ids[a.place] end
      from jsonb_array_elements(v_answers) with ordinality a (value, place)
      order by a.place);
  end loop;
  raise sqlstate 'PT503' using
    message = 'Cannot enqueue jobs: those of the same idempotency keys come and go',
    detail = 'Nothing was enqueued.',
    hint = 'Send the batch again. If this goes on, look for a trigger that drops what is inserted.';
end
$$;

comment on function puppet_private.enqueue_with_keys(jsonb, uuid[], uuid) is
  'Inserts the jobs whose idempotency key is free and answers about all. Raises PT503 where one '
  'can neither be inserted nor found.';
revoke execute on function puppet_private.enqueue_with_keys(jsonb, uuid[], uuid) from public;

create function public.enqueue_jobs(p_jobs jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_owner constant uuid := auth.uid();
  v_ids uuid[];
begin
  perform puppet_private.check_job_items(p_jobs, v_owner);
  if not puppet_private.caller_is_service() then
    perform puppet_private.check_owner_limits(p_jobs);
  end if;
  v_ids := array(select puppet_private.uuid_v7() from jsonb_array_elements(p_jobs));

  if not jsonb_path_exists(p_jobs, '$[*].idempotency_key ? (@ != null)') then
    perform puppet_private.insert_jobs(p_jobs, v_ids, v_owner);
    return (
      select jsonb_agg(jsonb_build_object('job_id', id, 'created', true, 'same_payload', true))
      from unnest(v_ids) id
    );
  end if;

  return puppet_private.enqueue_with_keys(p_jobs, v_ids, v_owner);
end
$$;

comment on function public.enqueue_jobs(jsonb) is
  'Enqueues 1 to 1000 jobs, all or none: an array of { job_id, created, same_payload } in order. A '
  'repeated idempotency_key answers the first job, created false. Raises PT403, PT422 or, to be '
  'sent again, PT503.';
revoke execute on function public.enqueue_jobs(jsonb) from public, anon;
grant execute on function public.enqueue_jobs(jsonb) to authenticated, service_role;
