-- calculate_retry_delay: the formula for somebody who has numbers instead of a policy.

create function public.calculate_retry_delay(
  p_retry_count int,
  p_base_delay_seconds int default 7200,
  p_backoff_multiplier numeric default 2.0,
  p_max_delay_seconds int default 86400,
  p_jitter_enabled boolean default true,
  p_max_jitter_seconds int default 300
)
returns int
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_policy public.puppet_job_retry_config;
begin
  if p_retry_count is null or p_retry_count < 0
    or p_base_delay_seconds is null or p_base_delay_seconds < 1
    or p_backoff_multiplier is null or p_backoff_multiplier < 1
    or p_max_delay_seconds is null or p_max_delay_seconds < 1
    or p_jitter_enabled is null
    or p_max_jitter_seconds is null or p_max_jitter_seconds < 0
  then
    raise sqlstate 'PT400' using
      message = 'Cannot calculate a delay: an argument is null or out of range',
      hint = 'Give p_retry_count >= 0, p_base_delay_seconds >= 1, p_backoff_multiplier >= 1, '
        'p_max_delay_seconds >= 1 and p_max_jitter_seconds >= 0.';
  end if;
  v_policy.base_delay_seconds := p_base_delay_seconds;
  v_policy.backoff_multiplier := p_backoff_multiplier;
  v_policy.max_delay_seconds := p_max_delay_seconds;
  v_policy.jitter_enabled := p_jitter_enabled;
  v_policy.max_jitter_seconds := p_max_jitter_seconds;
  v_policy.jitter_strategy := 'additive';
  return (select d.delay_seconds from puppet_private.retry_delay(p_retry_count, v_policy) d);
end
$$;

comment on function public.calculate_retry_delay(int, int, numeric, int, boolean, int) is
  'Seconds to wait after the failure that follows p_retry_count retries (0 gives the base).';
revoke execute on function public.calculate_retry_delay(int, int, numeric, int, boolean, int)
  from public, anon;
grant execute on function public.calculate_retry_delay(int, int, numeric, int, boolean, int)
  to authenticated, service_role;
