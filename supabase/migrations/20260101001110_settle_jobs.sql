-- settle_jobs: what became of claimed jobs, many at once; a bad item never holds up the others.

create function puppet_private.check_items(p_items jsonb, p_what text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_items is null or jsonb_typeof(p_items) <> 'array' then
    raise sqlstate 'PT400' using
      message = format('Cannot read %s: not a JSON array', p_what),
      hint = 'Give an array of objects with job_id and lease_token.';
  end if;
  if jsonb_array_length(p_items) > 1000 then
    raise sqlstate 'PT400' using
      message = format(
        'Cannot read %s: %s items are too many', p_what, jsonb_array_length(p_items)),
      hint = 'Send at most 1000 in one call.';
  end if;
end
$$;

comment on function puppet_private.check_items(jsonb, text) is
  'Raises PT400 unless given a JSON array of at most 1000 items.';
revoke execute on function puppet_private.check_items(jsonb, text) from public;

create function puppet_private.settle_reported(p_executor_id text, p_outcomes jsonb)
returns puppet_private.settled_job[]
language plpgsql
set search_path = ''
as $$
begin
  perform puppet_private.check_executor_id(p_executor_id);
  perform puppet_private.check_items(p_outcomes, 'p_outcomes');
  return puppet_private.settle(
    p_outcomes, array['completed', 'failed', 'cancelled', 'snoozed']);
end
$$;

comment on function puppet_private.settle_reported(text, jsonb) is
  'Settles what an executor reports, as settle_jobs says.';
revoke execute on function puppet_private.settle_reported(text, jsonb) from public;

create function public.settle_jobs(p_executor_id text, p_outcomes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  return to_jsonb(puppet_private.settle_reported(p_executor_id, p_outcomes));
end
$$;

comment on function public.settle_jobs(text, jsonb) is
  'Each outcome { job_id, lease_token, outcome: completed, failed, cancelled or snoozed, result, '
  'error_type, error_message, retry_after_seconds, snooze_seconds, duration_ms, context } answers '
  '{ job_id, accepted, replayed, status, decision, reason, next_retry_at }, in order.';
revoke execute on function public.settle_jobs(text, jsonb) from public, anon, authenticated;
grant execute on function public.settle_jobs(text, jsonb) to service_role;

create function public.settle_and_claim_jobs(
  p_executor_id text,
  p_outcomes jsonb,
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
declare
  -- Two statements, so that the claim sees what the settle freed.
  v_settled constant puppet_private.settled_job[] :=
    puppet_private.settle_reported(p_executor_id, p_outcomes);
  v_claimed constant puppet_private.claimed_job[] := puppet_private.claim(
    p_executor_id, p_limit, p_job_types, p_include_new, p_include_retries, p_lease_seconds,
    p_lease_token);
begin
  return jsonb_build_object('settled', v_settled, 'claimed', v_claimed);
end
$$;

comment on function public.settle_and_claim_jobs(
  text, jsonb, int, text[], boolean, boolean, int, uuid) is
  'settle_jobs and then claim_jobs in one round trip: { settled, claimed }.';
revoke execute on function public.settle_and_claim_jobs(
  text, jsonb, int, text[], boolean, boolean, int, uuid) from public, anon, authenticated;
grant execute on function public.settle_and_claim_jobs(
  text, jsonb, int, text[], boolean, boolean, int, uuid) to service_role;
