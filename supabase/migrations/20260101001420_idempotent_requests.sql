-- retry_job_once: a manual retry that may be sent again without being done again.

create table puppet_private.idempotent_requests (
  caller text not null,
  idempotency_key text not null
    constraint idempotency_key_is_1_to_255_characters
      check (char_length(idempotency_key) between 1 and 255),
  payload_hash bytea not null,
  answer jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (caller, idempotency_key)
);

comment on table puppet_private.idempotent_requests is
  'Requests of the last 24 hours by their Idempotency-Key, with what was answered. caller: the '
  'user''s id, or service.';

create index idempotent_requests_created_idx on puppet_private.idempotent_requests (created_at);

alter table puppet_private.idempotent_requests enable row level security;

create function puppet_private.forget_idempotent_requests(p_caller text, p_key text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_before constant timestamptz := clock_timestamp() - interval '24 hours';
begin
  delete from puppet_private.idempotent_requests r
  where r.caller = p_caller
    and r.idempotency_key = p_key
    and r.created_at < v_before;
  -- Each request clears away a few of the others, so that nothing else has to.
  delete from puppet_private.idempotent_requests r
  where (r.caller, r.idempotency_key) in (
    select o.caller, o.idempotency_key
    from puppet_private.idempotent_requests o
    where o.created_at < v_before
    order by o.created_at
    limit 20
    for update skip locked);
end
$$;

comment on function puppet_private.forget_idempotent_requests(text, text) is
  'Frees this key, and a few others, after 24 hours.';
revoke execute on function puppet_private.forget_idempotent_requests(text, text) from public;

create function puppet_private.raise_key_reused()
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise sqlstate 'PT422' using
    message = 'Cannot retry the job: this idempotency key was used for another request',
    detail = 'idempotency_key_reused',
    hint = 'Use a new key for a new request, and the same key only to send the same one again.';
end
$$;

comment on function puppet_private.raise_key_reused() is
  'Raises PT422 with the detail idempotency_key_reused.';
revoke execute on function puppet_private.raise_key_reused() from public;

create function public.retry_job_once(
  p_idempotency_key text,
  p_job_id uuid,
  p_reason text default 'manual_retry',
  p_error_type text default 'manual_intervention',
  p_run_at timestamptz default null,
  p_job_config jsonb default null,
  p_deadline_at timestamptz default null
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_caller constant text := case
    when puppet_private.caller_is_service() then 'service'
    else coalesce(auth.uid()::text, 'nobody')
  end;
  v_hash constant bytea := sha256(convert_to(
    jsonb_build_array(
      p_job_id, p_reason, p_error_type, p_run_at, p_job_config, p_deadline_at)::text, 'utf8'));
  v_first puppet_private.idempotent_requests;
  v_answer jsonb;
begin
  if p_idempotency_key is null then
    raise sqlstate 'PT422' using
      message = 'Cannot retry the job: p_idempotency_key must not be null',
      hint = 'Send a key of 1 to 255 characters, or call retry_job, which needs none.';
  end if;
  perform puppet_private.forget_idempotent_requests(v_caller, p_idempotency_key);
  -- Waits for the same request under way in another transaction, if there is one.
  insert into puppet_private.idempotent_requests (caller, idempotency_key, payload_hash)
  values (v_caller, p_idempotency_key, v_hash)
  on conflict do nothing;
  if not found then
    select r.* into v_first
    from puppet_private.idempotent_requests r
    where r.caller = v_caller
      and r.idempotency_key = p_idempotency_key;
    if v_first.payload_hash is distinct from v_hash then
      perform puppet_private.raise_key_reused();
    end if;
    return jsonb_build_object('replayed', true, 'job', v_first.answer);
  end if;
  -- A refusal takes the key back with it: the request may be sent again once it can succeed.
  v_answer := public.retry_job(
    p_job_id, p_reason, p_error_type, p_run_at, p_job_config, p_deadline_at);
  update puppet_private.idempotent_requests r
  set answer = v_answer
  where r.caller = v_caller
    and r.idempotency_key = p_idempotency_key;
  return jsonb_build_object('replayed', false, 'job', v_answer);
end
$$;

comment on function public.retry_job_once(
  text, uuid, text, text, timestamptz, jsonb, timestamptz) is
  'retry_job under an idempotency key, kept 24 hours per caller: { replayed, job }. Raises PT404, '
  'PT409 or PT422 (detail idempotency_key_reused where the key was used for another request).';
revoke execute on function public.retry_job_once(
  text, uuid, text, text, timestamptz, jsonb, timestamptz) from public, anon;
grant execute on function public.retry_job_once(
  text, uuid, text, text, timestamptz, jsonb, timestamptz) to authenticated, service_role;
