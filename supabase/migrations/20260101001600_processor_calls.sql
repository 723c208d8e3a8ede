-- Calls to the processor: signed by a secret that never leaves the database, each with a receipt.

create function puppet_private.vault_secret(p_name text)
returns text
language sql
stable
set search_path = ''
as $$
  select nullif(s.decrypted_secret, '')
  from vault.decrypted_secrets s
  where s.name = p_name
  order by s.created_at desc
  limit 1
$$;

comment on function puppet_private.vault_secret(text) is 'A Vault secret, null where missing.';
revoke execute on function puppet_private.vault_secret(text) from public;

create function puppet_private.call_signature(
  p_receipt_id uuid,
  p_timestamp bigint,
  p_secret text
)
returns text
language sql
immutable
set search_path = ''
as $$
  select encode(
    extensions.hmac(p_receipt_id::text || '.' || p_timestamp::text, p_secret, 'sha256'), 'base64')
$$;

comment on function puppet_private.call_signature(uuid, bigint, text) is
  'HMAC-SHA256, in base64, over <receipt id>.<seconds since 1970>.';
revoke execute on function puppet_private.call_signature(uuid, bigint, text) from public;

create function puppet_private.post_call(p_receipt_id uuid)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  v_url constant text := puppet_private.vault_secret('puppet_processor_url');
  v_secret constant text := puppet_private.vault_secret('puppet_processor_secret');
  v_timestamp constant bigint := extract(epoch from clock_timestamp());
begin
  if v_url is null or v_secret is null then
    raise exception using
      message = format(
        'Vault has no secret named ''%s''',
        case when v_url is null then 'puppet_processor_url' else 'puppet_processor_secret' end),
      hint = 'select vault.create_secret(<value>, <name>);';
  end if;
  return net.http_post(
    url := v_url,
    body := '{}'::jsonb,
    headers := jsonb_build_object(
      'content-type', 'application/json',
      'puppet-receipt', p_receipt_id,
      'puppet-timestamp', v_timestamp::text,
      'puppet-signature',
        'v1,' || puppet_private.call_signature(p_receipt_id, v_timestamp, v_secret)),
    timeout_milliseconds := 10000);
end
$$;

comment on function puppet_private.post_call(uuid) is
  'Queues one signed call of the processor and returns pg_net''s request id.';
revoke execute on function puppet_private.post_call(uuid) from public;

create function puppet_private.keep_receipt(p_id uuid, p_request_id bigint, p_error text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
begin
  -- One receipt a minute tells of a fault that stays.
  insert into public.puppet_tick_receipts (id, request_id, error, created_at)
  select p_id, p_request_id, p_error, v_now
  where p_error is null
    or not exists (
      select from public.puppet_tick_receipts r
      where r.error = p_error
        and r.created_at > v_now - interval '1 minute');
end
$$;

comment on function puppet_private.keep_receipt(uuid, bigint, text) is
  'The receipt of a call, or of why none could be made: one a minute of the same reason.';
revoke execute on function puppet_private.keep_receipt(uuid, bigint, text) from public;

create function puppet_private.call_processor()
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_receipt_id constant uuid := gen_random_uuid();
  v_request_id bigint;
  v_error text;
  v_hint text;
begin
  -- The receipt must survive the failure it tells of, so the error is stored, not raised.
  begin
    v_request_id := puppet_private.post_call(v_receipt_id);
  exception when others then
    get stacked diagnostics v_error = message_text, v_hint = pg_exception_hint;
    v_error := concat_ws(': ', v_error, nullif(v_hint, ''));
  end;
  perform puppet_private.keep_receipt(v_receipt_id, v_request_id, v_error);
  return v_error;
end
$$;

comment on function puppet_private.call_processor() is
  'Makes one processor call and its receipt; returns why no call could be made, or null.';
revoke execute on function puppet_private.call_processor() from public;

create function public.accept_tick(p_receipt_id uuid, p_timestamp bigint, p_signature text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_secret constant text := puppet_private.vault_secret('puppet_processor_secret');
  -- Compared through a keyed hash of both, so that the time taken tells nothing.
  v_key constant text := gen_random_uuid()::text;
  v_reason text;
begin
  v_reason := case
    when p_receipt_id is null or p_timestamp is null or p_signature is null then 'incomplete'
    when v_secret is null then 'no_secret'
    when abs(extract(epoch from v_now) - p_timestamp) > 60 then 'stale'
    when extensions.hmac(p_signature, v_key, 'sha256') <> extensions.hmac(
      'v1,' || puppet_private.call_signature(p_receipt_id, p_timestamp, v_secret), v_key, 'sha256')
      then 'forged'
  end;
  if v_reason is null then
    update public.puppet_tick_receipts r
    set started_at = v_now
    where r.id = p_receipt_id
      and r.started_at is null;
    if not found then
      v_reason := case
        when exists (select from public.puppet_tick_receipts r where r.id = p_receipt_id)
          then 'repeated'
        else 'unknown_receipt'
      end;
    end if;
  end if;
  return jsonb_build_object('accepted', v_reason is null, 'reason', v_reason);
end
$$;

comment on function public.accept_tick(uuid, bigint, text) is
  'Checks a call''s signature and stamps its receipt, once: { accepted, reason: incomplete, '
  'no_secret, stale, forged, repeated or unknown_receipt }.';
revoke execute on function public.accept_tick(uuid, bigint, text) from public, anon, authenticated;
grant execute on function public.accept_tick(uuid, bigint, text) to service_role;

create function public.finish_tick(p_receipt_id uuid, p_counts jsonb)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.puppet_tick_receipts r
  set finished_at = clock_timestamp(),
    counts = puppet_private.bounded_json(p_counts, 16384)
  where r.id = p_receipt_id
    and r.started_at is not null
    and r.finished_at is null;
  return found;
end
$$;

comment on function public.finish_tick(uuid, jsonb) is
  'Closes the receipt of an accepted call with what its run did; false where none is open.';
revoke execute on function public.finish_tick(uuid, jsonb) from public, anon, authenticated;
grant execute on function public.finish_tick(uuid, jsonb) to service_role;

create function public.get_endpoint_secrets(p_job_types text[])
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(
      jsonb_object_agg(
        c.job_type,
        to_jsonb(array_remove(
          array[
            puppet_private.vault_secret(c.signing_secret_name),
            puppet_private.vault_secret(c.signing_secret_name || '_previous')],
          null))),
      '{}')
    from public.puppet_job_retry_config c
    where c.job_type = any (p_job_types)
      and c.endpoint_url is not null
      and c.signing_secret_name is not null
  );
end
$$;

comment on function public.get_endpoint_secrets(text[]) is
  'The secrets that sign deliveries of these types, the current one first: { job_type: [secret, …] '
  '}. Reads no Vault secret that a policy does not name.';
revoke execute on function public.get_endpoint_secrets(text[]) from public, anon, authenticated;
grant execute on function public.get_endpoint_secrets(text[]) to service_role;
