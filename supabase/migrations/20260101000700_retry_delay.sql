-- The backoff formula, in its only home.

create function puppet_private.retry_delays(
  p_policies public.puppet_job_retry_config[],
  p_retry_counts int[],
  p_retry_after_seconds int[],
  p_u double precision[]
)
returns table (place bigint, delay_seconds int, jitter_seconds int)
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- Compared in log space: power() raises on large exponents. u = 0 and 1 give the extremes. A wait
  -- is a floor and the jitter on top of it; the longer of our own and the asked one is taken.
  return query
  select failure.place,
    round(greatest(own.floor + own.jitter, asked.floor + asked.jitter,
      case when policy.jitter_enabled and policy.jitter_strategy = 'full' then 1 end))::int,
    round(case
      when asked.floor + asked.jitter > own.floor + own.jitter then asked.jitter
      else own.jitter
    end)::int
  from unnest(p_retry_counts, p_retry_after_seconds, p_u) with ordinality
    failure (retry_count, retry_after, u, place)
  join unnest(p_policies) with ordinality policy on policy.ordinality = failure.place
  cross join lateral (
    select least(
      policy.max_delay_seconds,
      case
        when policy.delay_schedule_seconds is not null
          then policy.delay_schedule_seconds[
            least(failure.retry_count, cardinality(policy.delay_schedule_seconds) - 1) + 1]
        when ln(policy.base_delay_seconds::float8)
            + failure.retry_count * ln(policy.backoff_multiplier::float8)
            >= ln(policy.max_delay_seconds::float8)
          then policy.max_delay_seconds
        else policy.base_delay_seconds
          * power(policy.backoff_multiplier::float8, failure.retry_count)
      end)::float8,
      case
        when policy.jitter_enabled
          then least(policy.max_jitter_seconds, policy.max_delay_seconds / 2)
        else 0
      end
  ) wait (raw, spread)
  cross join lateral (
    select
      case
        when not policy.jitter_enabled then wait.raw
        when policy.jitter_strategy = 'full' then 0
        when policy.jitter_strategy = 'equal' then wait.raw / 2
        else least(wait.raw, policy.max_delay_seconds - wait.spread)
      end,
      case
        when not policy.jitter_enabled then 0
        when policy.jitter_strategy = 'full' then failure.u * wait.raw
        when policy.jitter_strategy = 'equal' then failure.u * wait.raw / 2
        else failure.u * wait.spread
      end
  ) own (floor, jitter)
  cross join lateral (
    select r.floor, least(failure.u * wait.spread, policy.max_retry_after_seconds - r.floor)
    from (
      select case
        when failure.retry_after is not null
          then least(failure.retry_after, policy.max_retry_after_seconds)
      end
    ) r (floor)
  ) asked (floor, jitter);
end
$$;

comment on function puppet_private.retry_delays(
  public.puppet_job_retry_config[], int[], int[], double precision[]) is
  'For many failures at once, each with its policy, the retries before it, the Retry-After and a '
  'random number u in [0, 1]: seconds to wait, and how many of them are jitter.';
revoke execute on function puppet_private.retry_delays(
  public.puppet_job_retry_config[], int[], int[], double precision[]) from public;

create function puppet_private.retry_delay(
  p_retry_count int,
  p_policy public.puppet_job_retry_config,
  p_retry_after_seconds int default null,
  p_u double precision default random()
)
returns table (delay_seconds int, jitter_seconds int)
language plpgsql
immutable
rows 1
set search_path = ''
as $$
begin
  return query
  select d.delay_seconds, d.jitter_seconds
  from puppet_private.retry_delays(
    array[p_policy], array[p_retry_count], array[p_retry_after_seconds], array[p_u]) d;
end
$$;

comment on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) is
  'The same for one failure that follows p_retry_count retries.';
revoke execute on function puppet_private.retry_delay(
  int, public.puppet_job_retry_config, int, double precision) from public;
