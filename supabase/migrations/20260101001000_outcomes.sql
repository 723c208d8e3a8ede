-- What executors report, read with care: a bad item becomes a reason, never an exception.

create function puppet_private.uuid_or_null(p_text text)
returns uuid
language sql
immutable
as $$
  select case
    when p_text ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      then p_text::uuid
  end
$$;

comment on function puppet_private.uuid_or_null(text) is 'The uuid, or null for any other text.';
revoke execute on function puppet_private.uuid_or_null(text) from public;

create function puppet_private.seconds_or_null(p_value jsonb)
returns int
language sql
immutable
as $$
  select case
    when jsonb_typeof(p_value) = 'number'
      then ceil(least(greatest((p_value #>> '{}')::numeric, -1), 2000000000))::int
  end
$$;

comment on function puppet_private.seconds_or_null(jsonb) is
  'A JSON number as whole seconds, rounded up and bounded (negative: -1); null for anything else.';
revoke execute on function puppet_private.seconds_or_null(jsonb) from public;

create function puppet_private.read_outcomes(p_outcomes jsonb, p_known text[])
returns table (
  place bigint, job_id uuid, lease_token uuid, outcome text, result jsonb, error_type text,
  error_message text, retry_after_seconds int, snooze_seconds int, duration_ms int, context jsonb,
  problem text)
language sql
immutable
as $$
  select item.place, item.job_id, item.lease_token, item.outcome,
    puppet_private.bounded_json(nullif(item.value -> 'result', 'null'), 262144),
    puppet_private.bounded_word(item.value ->> 'error_type', 100),
    puppet_private.bounded_text(
      puppet_private.redacted(item.value ->> 'error_message'), 8192),
    nullif(item.retry_after_seconds, -1),
    item.snooze_seconds,
    nullif(item.duration_ms, -1),
    puppet_private.redacted_json(
      puppet_private.bounded_json(nullif(item.value -> 'context', 'null'), 16384)),
    case
      when jsonb_typeof(item.value) <> 'object' then 'not_an_object'
      when item.job_id is null then 'job_id_is_not_a_uuid'
      when item.lease_token is null then 'lease_token_is_not_a_uuid'
      when item.outcome is null or item.outcome <> all (p_known) then 'outcome_is_not_known'
      when item.outcome = 'snoozed' and coalesce(item.snooze_seconds, -1) < 0
        then 'snooze_seconds_is_not_a_number_from_0'
    end
  from (
    select o.place, o.value,
      puppet_private.uuid_or_null(o.value ->> 'job_id') as job_id,
      puppet_private.uuid_or_null(o.value ->> 'lease_token') as lease_token,
      o.value ->> 'outcome' as outcome,
      puppet_private.seconds_or_null(o.value -> 'retry_after_seconds') as retry_after_seconds,
      puppet_private.seconds_or_null(o.value -> 'snooze_seconds') as snooze_seconds,
      puppet_private.seconds_or_null(o.value -> 'duration_ms') as duration_ms
    from jsonb_array_elements(p_outcomes) with ordinality o (value, place)
  ) item
$$;

comment on function puppet_private.read_outcomes(jsonb, text[]) is
  'The reported outcomes as rows, bounded in size; problem says what is wrong with an item.';
revoke execute on function puppet_private.read_outcomes(jsonb, text[]) from public;
