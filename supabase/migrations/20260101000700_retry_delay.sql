-- The backoff formula, in its only home.

create function puppet_private.retry_delay(
  p_retry_count int,
  p_policy public.puppet_job_retry_config,
  p_retry_after_seconds int default null,
  p_u double precision default random()
)
returns table (delay_seconds int, jitter_seconds int)
language sql
immutable
as $$
  -- Compared in log space: power() raises on large exponents. u = 0 and 1 give the extremes. A wait is
  -- a floor and the jitter on top of it; the longer of our own and the asked one is taken.
  select
    round(greatest(own.floor + own.jitter, asked.floor + asked.jitter,
      case when p_policy.jitter_enabled and p_policy.jitter_strategy = 'full' then 1 end))::int,
    round(case
      when asked.floor + asked.jitter > own.floor + own.jitter then asked.jitter
      else own.jitter
    end)::int
  from (
    select least(
      p_policy.max_delay_seconds,
      case
        when p_policy.delay_schedule_seconds is not null
          then p_policy.delay_schedule_seconds[
            least(p_retry_count, cardinality(p_policy.delay_schedule_seconds) - 1) + 1]
        when ln(p_policy.base_delay_seconds::float8)
            + p_retry_count * ln(p_policy.backoff_multiplier::float8)
            >= ln(p_policy.max_delay_seconds::float8)
          then p_policy.max_delay_seconds
        else p_policy.base_delay_seconds
          * power(p_policy.backoff_multiplier::float8, p_retry_count)
      end
    )::float8
  ) wait (raw)
  cross join (
    select case
      when p_policy.jitter_enabled
        then least(p_policy.max_jitter_seconds, p_policy.max_delay_seconds / 2)
      else 0
    end
  ) spread (j)
  cross join lateral (
    select
      case
        when not p_policy.jitter_enabled then wait.raw
        when p_policy.jitter_strategy = 'full' then 0
        when p_policy.jitter_strategy = 'equal' then wait.raw / 2
        else least(wait.raw, p_policy.max_delay_seconds - spread.j)
      end,
      case
        when not p_policy.jitter_enabled then 0
        when p_policy.jitter_strategy = 'full' then p_u * wait.raw
        when p_policy.jitter_strategy = 'equal' then p_u * wait.raw / 2
        else p_u * spread.j
      end
  ) own (floor, jitter)
  cross join lateral (
    select r.floor, least(p_u * spread.j, p_policy.max_retry_after_seconds - r.floor)
    from (
      select case
        when p_retry_after_seconds is not null
          then least(p_retry_after_seconds, p_policy.max_retry_after_seconds)
      end
    ) r (floor)
  ) asked (floor, jitter)
$$;

comment on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) is
  'Seconds to wait after the failure that follows p_retry_count retries, and how many of them are '
  'jitter; p_u in [0, 1] is the random number.';
revoke execute on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) from public;

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
