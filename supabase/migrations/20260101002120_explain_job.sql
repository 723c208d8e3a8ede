-- explain_job: for one job, in order, every rule that holds it or lets it go.

create function puppet_private.rules_of(
  p_job public.puppet_jobs,
  p_policy public.puppet_job_retry_config,
  p_now timestamptz
)
returns table (rule text, verdict text, says text)
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_job.status = 'running' then
    return query select * from puppet_private.explain_running(p_job, p_now);
    return query select * from puppet_private.explain_budget(p_job, p_policy);
  elsif p_job.status in ('pending', 'queued') then
    return query select * from puppet_private.explain_waiting(p_job, p_policy, p_now);
    return query select * from puppet_private.explain_tick(p_job, p_now);
    return query select * from puppet_private.explain_budget(p_job, p_policy);
  else
    return query select * from puppet_private.explain_ended(p_job, p_policy, p_now);
  end if;
end
$$;

comment on function puppet_private.rules_of(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) is
  'The rules for the place that the job is in, in the order in which they decide.';
revoke execute on function puppet_private.rules_of(
  public.puppet_jobs, public.puppet_job_retry_config, timestamptz) from public;

create function public.explain_job(p_job_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_job public.puppet_jobs;
  v_policy public.puppet_job_retry_config;
  v_rules jsonb;
  v_deciding jsonb;
begin
  select j.* into v_job
  from public.puppet_jobs j
  where j.id = p_job_id
    and puppet_private.caller_may_touch(j.user_id);
  if v_job.id is null then
    perform puppet_private.raise_job_not_found(p_job_id);
  end if;
  select p.* into v_policy from puppet_private.policy_for(v_job.job_type) p;

  select jsonb_agg(
      jsonb_build_object('rule', r.rule, 'verdict', r.verdict, 'text', r.says) order by r.place),
    (jsonb_agg(to_jsonb(r.says) order by r.place) filter (
      where r.verdict in ('ended', 'ends', 'holds'))) -> 0
  into v_rules, v_deciding
  from puppet_private.rules_of(v_job, v_policy, v_now)
    with ordinality r (rule, verdict, says, place);

  return jsonb_build_object(
    'job_id', v_job.id,
    'job_type', v_job.job_type,
    'status', v_job.status,
    'final_status', v_job.final_status,
    'due_at', case
      when v_job.status in ('pending', 'queued')
        then coalesce(v_job.next_retry_at, v_job.scheduled_at)
    end,
    'summary', coalesce(v_deciding, '"nothing holds it: the next claim takes it"'),
    'rules', v_rules,
    'delay', puppet_private.delay_of(v_job),
    'history', puppet_private.history_of(v_job));
end
$$;

comment on function public.explain_job(uuid) is
  'Why a job runs or does not: { job_id, job_type, status, final_status, due_at, summary, rules: '
  '[{ rule, verdict: holds, ends, ended, limits or lets_go, text }], delay, history }. Raises PT404.';
revoke execute on function public.explain_job(uuid) from public, anon;
grant execute on function public.explain_job(uuid) to authenticated, service_role;
