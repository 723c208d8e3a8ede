-- How long an ended job keeps its idempotency key, and who takes it away then.

create function puppet_private.keys_kept_since(p_now timestamptz)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return p_now - interval '7 days';
end
$$;

comment on function puppet_private.keys_kept_since(timestamptz) is
  'Jobs that ended before this time may lose their idempotency key, or be deleted in spite of it.';
revoke execute on function puppet_private.keys_kept_since(timestamptz) from public;

create function puppet_private.free_idempotency_keys(p_jobs jsonb, p_owner uuid, p_now timestamptz)
returns void
language plpgsql
set search_path = ''
-- As in claim: a plan that was made while the table was small is kept.
set enable_seqscan = off
as $$
declare
  v_kept_since constant timestamptz := puppet_private.keys_kept_since(p_now);
begin
  with spent as materialized (
    select j.id
    from jsonb_to_recordset(p_jobs) i (user_id uuid, job_type text, idempotency_key text)
    join public.puppet_jobs j on j.user_id = coalesce(i.user_id, p_owner)
      and j.job_type = coalesce(i.job_type, 'default')
      and j.idempotency_key = i.idempotency_key
    where i.idempotency_key is not null
      -- In words that fit no index: by when they ended, all keys of old would be read.
      and coalesce(j.completed_at, 'infinity') < v_kept_since
    -- In id order, so that two calls with the same keys wait for each other instead of deadlocking.
    order by j.id
    for no key update of j
  )
  update public.puppet_jobs j
  set idempotency_key = null
  where j.id = any (array(select s.id from spent s));
end
$$;

comment on function puppet_private.free_idempotency_keys(jsonb, uuid, timestamptz) is
  'Frees the keys that these jobs want from jobs that ended too long ago to keep them.';
revoke execute on function puppet_private.free_idempotency_keys(jsonb, uuid, timestamptz)
  from public;

create function puppet_private.free_spent_idempotency_keys(p_now timestamptz, p_limit int)
returns int
language plpgsql
set search_path = ''
as $$
declare
  v_kept_since constant timestamptz := puppet_private.keys_kept_since(p_now);
  v_count int;
begin
  update public.puppet_jobs j
  set idempotency_key = null
  where j.id = any (array(
    select ended.id
    from public.puppet_jobs ended
    where ended.idempotency_key is not null
      and ended.completed_at < v_kept_since
    limit p_limit
    for update skip locked));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

comment on function puppet_private.free_spent_idempotency_keys(timestamptz, int) is
  'Frees so many of the keys of jobs that ended too long ago to keep them; returns how many.';
revoke execute on function puppet_private.free_spent_idempotency_keys(timestamptz, int) from public;
