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
rows 1
-- Without a SET clause: it becomes part of each statement that uses it, unless its arguments are
-- volatile.
as $$
  -- Compared in log space: power() raises on large exponents. u = 0 and 1 give the extremes. A wait
  -- is a floor and the jitter on top of it; the longer of our own and the asked one is taken.
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
      end)::float8,
      case
        when p_policy.jitter_enabled
          then least(p_policy.max_jitter_seconds, p_policy.max_delay_seconds / 2)
        else 0
      end
    -- offset 0: each step is worked out once, not wherever it is named.
    offset 0
  ) wait (raw, spread)
  cross join lateral (
    select
      case
        when not p_policy.jitter_enabled then wait.raw
        when p_policy.jitter_strategy = 'full' then 0
        when p_policy.jitter_strategy = 'equal' then wait.raw / 2
        else least(wait.raw, p_policy.max_delay_seconds - wait.spread)
      end,
      case
        when not p_policy.jitter_enabled then 0
        when p_policy.jitter_strategy = 'full' then p_u * wait.raw
        when p_policy.jitter_strategy = 'equal' then p_u * wait.raw / 2
        else p_u * wait.spread
      end
    offset 0
  ) own (floor, jitter)
  cross join lateral (
    select r.floor, least(p_u * wait.spread, p_policy.max_retry_after_seconds - r.floor)
    from (
      select case
        when p_retry_after_seconds is not null
          then least(p_retry_after_seconds, p_policy.max_retry_after_seconds)
      end
    ) r (floor)
    offset 0
  ) asked (floor, jitter)
$$;

comment on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) is
  'For a failure that follows p_retry_count retries, with its policy, the Retry-After and a random '
  'number u in [0, 1]: seconds to wait, and how many of them are jitter.';
revoke execute on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) from public;
