-- What may be enqueued, and by whom: the first problem of a batch, in words.

create function puppet_private.owner_may_enqueue(p_job_type text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select (p.policy).owners_may_enqueue from puppet_private.policies_of(array[p_job_type]) p
  );
end
$$;

comment on function puppet_private.owner_may_enqueue(text) is
  'Whether the policy lets owners enqueue this type; the insert policy of puppet_jobs asks it.';
revoke execute on function puppet_private.owner_may_enqueue(text) from public;
grant execute on function puppet_private.owner_may_enqueue(text) to authenticated;

create function puppet_private.time_or_null(p_text text)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
declare
  v_time timestamptz;
begin
  if p_text is null then
    return null;
  end if;
  v_time := p_text::timestamptz;
  return case
    when v_time >= '2000-01-01T00:00:00Z' and v_time < '9999-12-31T00:00:00Z' then v_time
  end;
exception when data_exception then
  return null;
end
$$;

comment on function puppet_private.time_or_null(text) is
  'The time, or null for any other text and for a time that puppet_jobs does not take.';
revoke execute on function puppet_private.time_or_null(text) from public;

create function puppet_private.problems_of_job_items(p_jobs jsonb, p_owner uuid)
returns table (place bigint, problem text)
language plpgsql
stable
set search_path = ''
as $$
declare
  c_fields constant text[] := array[
    'user_id', 'job_type', 'job_config', 'priority', 'scheduled_at', 'max_retries',
    'retry_enabled', 'deadline_at', 'idempotency_key', 'campaign_id'];
begin
  return query
  select i.place, p.problem
  from jsonb_array_elements(p_jobs) with ordinality i (item, place)
  cross join lateral (
    select case
      when jsonb_typeof(i.item) <> 'object' then 'it must be an object'
      when i.item - c_fields <> '{}' then format(
        'unknown field ''%s''; known are %s',
        (select min(puppet_private.plain_word(f)) from jsonb_object_keys(i.item - c_fields) f),
        array_to_string(c_fields, ', '))
      when puppet_private.uuid_or_null(coalesce(i.item ->> 'user_id', p_owner::text)) is null
        then 'user_id must be a uuid'
      when btrim(coalesce(i.item ->> 'job_type', 'default')) = ''
        or char_length(i.item ->> 'job_type') > 100 then 'job_type must be 1 to 100 characters'
      when jsonb_typeof(coalesce(nullif(i.item -> 'job_config', 'null'), '{}')) <> 'object'
        then 'job_config must be an object'
      when pg_column_size(i.item -> 'job_config') > 262144
        then 'job_config must be at most 256 kB'
      when (i.item -> 'priority')::text !~ '^([1-9]|10|null)$'
        then 'priority must be a whole number from 1 to 10'
      when i.item ->> 'max_retries' !~ '^([0-9]{1,6}|1000000)$'
        then 'max_retries must be a whole number from 0 to 1000000'
      when jsonb_typeof(i.item -> 'retry_enabled') not in ('boolean', 'null')
        then 'retry_enabled must be true or false'
      when i.item ->> 'campaign_id' is not null
        and puppet_private.uuid_or_null(i.item ->> 'campaign_id') is null
        then 'campaign_id must be a uuid'
      when i.item ->> 'scheduled_at' is not null
        and puppet_private.time_or_null(i.item ->> 'scheduled_at') is null
        then 'scheduled_at must be a time from 2000 to 9999, like 2026-01-31T12:00:00Z'
      when i.item ->> 'deadline_at' is not null
        and puppet_private.time_or_null(i.item ->> 'deadline_at') is null
        then 'deadline_at must be a time from 2000 to 9999, like 2026-01-31T12:00:00Z'
      when i.item ->> 'deadline_at' is not null
        and puppet_private.time_or_null(i.item ->> 'deadline_at') <= now()
        then 'deadline_at has passed already'
      when i.item ->> 'deadline_at' is not null and i.item ->> 'scheduled_at' is not null
        and puppet_private.time_or_null(i.item ->> 'deadline_at')
          <= puppet_private.time_or_null(i.item ->> 'scheduled_at')
        then 'deadline_at must be later than scheduled_at'
      when jsonb_typeof(i.item -> 'idempotency_key') not in ('string', 'null')
        then 'idempotency_key must be a string'
      when char_length(i.item ->> 'idempotency_key') not between 1 and 255
        then 'idempotency_key must be 1 to 255 characters'
    end
  ) p (problem)
  where p.problem is not null
  order by i.place;
end
$$;

comment on function puppet_private.problems_of_job_items(jsonb, uuid) is
  'What is wrong with jobs to be enqueued, in words, for those where something is. p_owner is '
  'whose job it is when it does not say.';
revoke execute on function puppet_private.problems_of_job_items(jsonb, uuid) from public;

create function puppet_private.check_job_items(p_jobs jsonb, p_owner uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  v_count int;
  v_bad record;
begin
  v_count := case when jsonb_typeof(p_jobs) = 'array' then jsonb_array_length(p_jobs) end;
  if v_count is null or v_count not between 1 and 1000 then
    raise sqlstate 'PT422' using
      message = format(
        'Cannot enqueue jobs: p_jobs must be an array of 1 to 1000 jobs: it %s',
        case when v_count is null then 'is not an array' else format('has %s', v_count) end),
      hint = 'Split larger batches; each is enqueued whole or not at all.';
  end if;

  select p.place, p.problem
  into v_bad
  from puppet_private.problems_of_job_items(p_jobs, p_owner) p
  limit 1;
  if found then
    raise sqlstate 'PT422' using
      message = format('Cannot enqueue jobs: job %s: %s', v_bad.place, v_bad.problem),
      detail = 'Nothing was enqueued.',
      hint = 'Correct that job and send the batch again.';
  end if;
end
$$;

comment on function puppet_private.check_job_items(jsonb, uuid) is
  'Raises PT422 with the first job and field that cannot be enqueued.';
revoke execute on function puppet_private.check_job_items(jsonb, uuid) from public;

create function puppet_private.check_owner_limits(p_jobs jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  v_bad record;
begin
  select i.place, p.problem
  into v_bad
  from jsonb_array_elements(p_jobs) with ordinality i (value, place)
  join puppet_private.policies_of(array(
    select distinct coalesce(t.value ->> 'job_type', 'default')
    from jsonb_array_elements(p_jobs) t (value))) policy
    on policy.for_type = coalesce(i.value ->> 'job_type', 'default')
  cross join lateral (
    select case
      when coalesce(i.value ->> 'user_id', auth.uid()::text) is distinct from auth.uid()::text
        then 'user_id must be your own'
      when (i.value ->> 'priority')::int > 5 then 'priority must be at most 5'
      when (i.value ->> 'max_retries')::numeric > 20 then 'max_retries must be at most 20'
      when (i.value ->> 'scheduled_at')::timestamptz < now() then 'scheduled_at is in the past'
      when not (policy.policy).owners_may_enqueue
        then 'this job type is enqueued by the service only'
    end
  ) p (problem)
  where p.problem is not null
  order by i.place
  limit 1;
  if found then
    raise sqlstate 'PT403' using
      message = format('Cannot enqueue jobs: job %s: %s', v_bad.place, v_bad.problem),
      detail = 'Nothing was enqueued.',
      hint = 'Correct that job, or have the service enqueue it.';
  end if;
end
$$;

comment on function puppet_private.check_owner_limits(jsonb) is
  'Raises PT403 for jobs that a signed-in user may not enqueue; the table policy says the same.';
revoke execute on function puppet_private.check_owner_limits(jsonb) from public;
