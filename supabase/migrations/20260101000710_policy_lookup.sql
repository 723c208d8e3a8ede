-- Which policy applies to a job type: its own row, else the whole row default.

create function puppet_private.policies_of(p_job_types text[])
returns table (for_type text, policy public.puppet_job_retry_config)
language sql
stable
rows 10
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select asked.job_type, own.policy
  from unnest(p_job_types) asked (job_type)
  cross join lateral (
    select c as policy
    from public.puppet_job_retry_config c
    where c.job_type in (asked.job_type, 'default')
    order by c.job_type = asked.job_type desc
    limit 1
  ) own
$$;

comment on function puppet_private.policies_of(text[]) is
  'For each type its policy row, else default''s (whose endpoint is not the type''s).';
revoke execute on function puppet_private.policies_of(text[]) from public;

create function puppet_private.policy_for(p_job_type text)
returns setof public.puppet_job_retry_config
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  return query
  select (p.policy).*
  from puppet_private.policies_of(array[p_job_type]) p;
end
$$;

comment on function puppet_private.policy_for(text) is
  'The same for one type. Statements over many jobs join policies_of.';
revoke execute on function puppet_private.policy_for(text) from public;

create function public.get_retry_config(p_job_type text)
returns public.puppet_job_retry_config
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_policy public.puppet_job_retry_config;
begin
  select p.* into v_policy from puppet_private.policy_for(p_job_type) p;
  if v_policy.job_type is distinct from p_job_type then
    v_policy.endpoint_url := null;
    v_policy.signing_secret_name := null;
  end if;
  return v_policy;
end
$$;

comment on function public.get_retry_config(text) is
  'The policy that applies to a job type; job_type says whose row it is.';
revoke execute on function public.get_retry_config(text) from public, anon, authenticated;
grant execute on function public.get_retry_config(text) to service_role;
