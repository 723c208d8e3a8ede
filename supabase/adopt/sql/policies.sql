-- The old policies: their numbers survive, and go to the nearest that is allowed where they must.

create function puppet_before_adoption.repaired_policy(p_old jsonb)
returns jsonb
language sql
stable
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'max_retries', puppet_before_adoption.within(p_old ->> 'max_retries', 0, 1000000)::int,
    'base_delay_seconds',
      puppet_before_adoption.within(p_old ->> 'base_delay_seconds', 1, 2147483647)::int,
    'backoff_multiplier',
      puppet_before_adoption.within(p_old ->> 'backoff_multiplier', 1, 100),
    'max_delay_seconds',
      puppet_before_adoption.within(p_old ->> 'max_delay_seconds', 1, 2147483647)::int,
    'max_jitter_seconds',
      puppet_before_adoption.within(p_old ->> 'max_jitter_seconds', 0, 2147483647)::int,
    'escalation_threshold',
      puppet_before_adoption.within(p_old ->> 'escalation_threshold', 1, 2147483647)::int,
    'timeout_seconds',
      puppet_before_adoption.within(p_old ->> 'timeout_seconds', 1, 86400)::int,
    'jitter_enabled', p_old -> 'jitter_enabled',
    'escalation_enabled', p_old -> 'escalation_enabled',
    'enabled', p_old -> 'enabled',
    'retry_on_error_types', puppet_before_adoption.words_of(p_old -> 'retry_on_error_types'),
    'do_not_retry_on', puppet_before_adoption.words_of(p_old -> 'do_not_retry_on'),
    'created_at', p_old -> 'created_at',
    'updated_at', p_old -> 'updated_at'))
$$;

create function puppet_before_adoption.words_of(p_list jsonb)
returns jsonb
language sql
immutable
as $$
  select case
    when jsonb_typeof(p_list) = 'array' then (
      select coalesce(jsonb_agg(w.word), '[]')
      from jsonb_array_elements(p_list) w (word)
      where jsonb_typeof(w.word) = 'string')
  end
$$;

create table puppet_before_adoption.policies (
  job_type text primary key,
  old jsonb not null,
  repaired jsonb not null
);

do $$
declare
  v_column text;
begin
  if to_regclass('puppet_before_adoption.puppet_job_retry_config') is null then
    return;
  end if;
  insert into puppet_before_adoption.policies
  select distinct on (r.job_type) r.job_type, r.old,
    puppet_before_adoption.repaired_policy(r.old)
  from (
    select left(btrim(o.job_type::text), 100), to_jsonb(o)
    from puppet_before_adoption.puppet_job_retry_config o
  ) r (job_type, old)
  where r.job_type <> ''
  order by r.job_type, r.old ->> 'updated_at' desc nulls last;

  insert into public.puppet_job_retry_config (job_type)
  select p.job_type
  from puppet_before_adoption.policies p
  on conflict do nothing;

  for v_column in
    select o.name
    from puppet_before_adoption.old_columns o
    where o.relation = 'puppet_job_retry_config' and o.is_kept and o.generated_as is null
  loop
    execute format(
      'update public.puppet_job_retry_config c set %1$I = o.%1$I '
      'from puppet_before_adoption.puppet_job_retry_config o '
      'where c.job_type = left(btrim(o.job_type::text), 100)', v_column);
  end loop;
end
$$;

update public.puppet_job_retry_config c
set max_retries = r.max_retries,
  base_delay_seconds = r.base_delay_seconds,
  backoff_multiplier = r.backoff_multiplier,
  max_delay_seconds = greatest(r.max_delay_seconds, r.base_delay_seconds),
  max_jitter_seconds = r.max_jitter_seconds,
  escalation_threshold = r.escalation_threshold,
  timeout_seconds = r.timeout_seconds,
  jitter_enabled = r.jitter_enabled,
  escalation_enabled = r.escalation_enabled,
  enabled = r.enabled,
  retry_on_error_types = r.retry_on_error_types,
  do_not_retry_on = r.do_not_retry_on,
  created_at = r.created_at,
  -- Our reasons were those of other numbers.
  description = coalesce(p.old ->> 'description', 'Kept from the older design.')
from puppet_before_adoption.policies p
join public.puppet_job_retry_config own on own.job_type = p.job_type
cross join lateral jsonb_populate_record(own, p.repaired) r
where c.job_type = p.job_type;

insert into puppet_before_adoption.report (kind, says)
select 'changed', format('policy %s: %s %s is not valid and became %s', c.job_type, f.key,
    p.old -> f.key, f.value)
from puppet_before_adoption.policies p
join public.puppet_job_retry_config c on c.job_type = p.job_type
cross join lateral jsonb_each(to_jsonb(c)) f
where p.old ? f.key
  and f.key not in ('id', 'job_type', 'description', 'created_at', 'updated_at')
  and p.old -> f.key <> f.value
order by c.job_type, f.key;

insert into puppet_before_adoption.report (kind, says)
select 'changed', format('policy %s keeps its numbers', p.job_type)
from puppet_before_adoption.policies p
order by p.job_type;
