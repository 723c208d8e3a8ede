-- What executors report, read with care: a bad item becomes a reason, never an exception. What is
-- done for each item is an expression; functions are called for the odd one only.

create function puppet_private.lock_jobs_of(
  p_items jsonb,
  out ctids tid[],
  out job_types text[],
  out any_twice boolean
)
language plpgsql
set search_path = ''
as $$
begin
  select array_agg(locked.ctid), array_agg(distinct locked.job_type)
  into ctids, job_types
  from (
    select j.ctid, j.job_type
    from public.puppet_jobs j
    where j.id = any (array(
      select puppet_private.uuid_or_null(i.value ->> 'job_id')
      from jsonb_array_elements(p_items) i (value)))
    -- In id order, so that two calls with the same jobs wait for each other instead of deadlocking.
    order by j.id
    -- Not for update, which would wait for every open insert of an attempt: its foreign key check
    -- holds the job's key until then.
    for no key update
  ) locked;
  any_twice := false;
  -- As many jobs as items: each item names another job.
  if jsonb_array_length(p_items) > coalesce(cardinality(ctids), 0) then
    any_twice := (
      select count(n.id) > count(distinct n.id)
      from (
        select puppet_private.uuid_or_null(i.value ->> 'job_id')
        from jsonb_array_elements(p_items) i (value)
      ) n (id)
    );
  end if;
end
$$;

comment on function puppet_private.lock_jobs_of(jsonb) is
  'Locks the jobs that these { job_id } items name. ctids: where they are, until they are updated '
  'here; the caller''s next statement sees there what the lock waited for. any_twice: some item '
  'names a job that another names too.';
revoke execute on function puppet_private.lock_jobs_of(jsonb) from public;

create function puppet_private.read_outcomes(p_outcomes jsonb, p_known text[])
returns table (
  place bigint, job_id text, lease_token text, outcome text, result jsonb, error_type text,
  error_message text, retry_after_seconds int, snooze_seconds int, duration_ms int, context jsonb,
  problem text)
language sql
immutable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  with given as (
    -- Numbers are bounded: -1 stands for any negative one; now and the most of them is a time.
    select o.place, o.value,
      lower(o.value ->> 'job_id') as job_id,
      lower(o.value ->> 'lease_token') as lease_token,
      o.value ->> 'outcome' as outcome,
      nullif(o.value -> 'result', 'null') as result,
      o.value ->> 'error_type' as error_type,
      o.value ->> 'error_message' as error_message,
      nullif(o.value -> 'context', 'null') as context,
      case
        when jsonb_typeof(o.value -> 'retry_after_seconds') = 'number'
          then ceil(
            least(2000000000, greatest(-1, (o.value -> 'retry_after_seconds')::numeric)))::int
      end as retry_after,
      case
        when jsonb_typeof(o.value -> 'snooze_seconds') = 'number'
          then ceil(least(2000000000, greatest(-1, (o.value -> 'snooze_seconds')::numeric)))::int
      end as snooze,
      case
        when jsonb_typeof(o.value -> 'duration_ms') = 'number'
          then ceil(least(2000000000, greatest(-1, (o.value -> 'duration_ms')::numeric)))::int
      end as duration
    from jsonb_array_elements(p_outcomes) with ordinality o (value, place)
    -- offset 0: each field is read once, not wherever it is named.
    offset 0
  )
  select g.place, g.job_id, g.lease_token, g.outcome,
    case
      when pg_column_size(g.result) > 262144 then puppet_private.bounded_json(g.result, 262144)
      else g.result
    end,
    case
      when g.error_type <> btrim(g.error_type) or octet_length(g.error_type) not between 1 and 100
        then puppet_private.bounded_word(g.error_type, 100)
      else g.error_type
    end,
    case
      when octet_length(g.error_message) > 8192 or g.error_message ~* k.secret
        then puppet_private.bounded_text(puppet_private.redacted(g.error_message), 8192)
      else g.error_message
    end,
    nullif(g.retry_after, -1),
    g.snooze,
    nullif(g.duration, -1),
    case
      when pg_column_size(g.context) > 16384 or g.context::text ~* k.secret
        then puppet_private.redacted_json(puppet_private.bounded_json(g.context, 16384))
      else g.context
    end,
    case
      when jsonb_typeof(g.value) <> 'object' then 'not_an_object'
      when puppet_private.uuid_or_null(g.job_id) is null then 'job_id_is_not_a_uuid'
      when puppet_private.uuid_or_null(g.lease_token) is null then 'lease_token_is_not_a_uuid'
      when g.outcome is null or g.outcome <> all (p_known) then 'outcome_is_not_known'
      when g.outcome = 'snoozed' and coalesce(g.snooze, -1) < 0
        then 'snooze_seconds_is_not_a_number_from_0'
    end
  from given g
  cross join puppet_private.patterns k
$$;

comment on function puppet_private.read_outcomes(jsonb, text[]) is
  'The reported outcomes as rows, bounded in size, ids in lower case; problem says what is wrong with '
  'an item.';
revoke execute on function puppet_private.read_outcomes(jsonb, text[]) from public;
