-- Every old job, with its id, as one of ours.

create view puppet_before_adoption.old_jobs as
select o.ctid as old_place, o.id, o.user_id, o.status::text as old_status, r.old,
  coalesce(puppet_before_adoption.within(r.old ->> 'retry_count', 0, 1000000), 0)::int as retries,
  puppet_before_adoption.within(r.old ->> 'max_retries', 0, 1000000)::int as max_retries,
  coalesce((r.old ->> 'created_at')::timestamptz, a.adopted_at) as created_at,
  coalesce(
    (r.old ->> 'updated_at')::timestamptz, (r.old ->> 'created_at')::timestamptz,
    a.adopted_at) as updated_at,
  coalesce(
    (r.old ->> 'scheduled_at')::timestamptz, (r.old ->> 'created_at')::timestamptz,
    a.adopted_at) as scheduled_at,
  (r.old ->> 'next_retry_at')::timestamptz as next_retry_at,
  coalesce(nullif(btrim(r.old ->> 'job_type'), ''), 'linkedin_outreach') as job_type,
  coalesce(
    r.old ->> 'last_execution_error', r.old ->> 'last_error', r.old ->> 'error_message',
    r.old ->> 'error') as error
from puppet_before_adoption.adoption a
cross join puppet_before_adoption.puppet_jobs o
cross join lateral (select to_jsonb(o) offset 0) r (old);

comment on view puppet_before_adoption.old_jobs is 'The old jobs, each with its row as JSON.';

-- Jobs that failed get the wait that their policy gives to a failure of now: not all at once, and
-- with time to look at them before.
create function puppet_before_adoption.waits_of_failed()
returns table (id uuid, next_retry_at timestamptz)
language sql
stable
as $$
  with failed as materialized (
    select o.id, o.retries, o.job_type, random() as u
    from puppet_before_adoption.old_jobs o
    where o.old_status in ('failed', 'rate_limited')
      and o.next_retry_at is null
  )
  select f.id, now() + make_interval(secs => d.delay_seconds)
  from failed f
  join puppet_private.policies_of(array(select distinct t.job_type from failed t)) p
    on p.for_type = f.job_type
  cross join lateral puppet_private.retry_delay(f.retries, p.policy, null, f.u) d
$$;

-- Each text once: many jobs fail alike, and to look for secrets is what takes longest.
create function puppet_before_adoption.redact(p_errors text[])
returns table (error text, redacted text)
language sql
stable
as $$
  select e.error,
    puppet_private.bounded_text(
      puppet_private.redacted(puppet_private.bounded_text(e.error, 8192)), 8192)
  from (select distinct u.error from unnest(p_errors) u (error)) e
  where e.error is not null
$$;

create view puppet_before_adoption.mapped_jobs as
select o.old_place, o.id, o.user_id, o.job_type, o.max_retries, o.scheduled_at,
  o.scheduled_at as retry_window_started_at, o.created_at, o.updated_at,
  case
    when jsonb_typeof(o.old -> 'job_config') = 'object' then o.old -> 'job_config'
    else jsonb_strip_nulls(jsonb_build_object(
      'linkedin_profile_url', o.old -> 'linkedin_profile_url', 'message', o.old -> 'message'))
  end as job_config,
  coalesce(puppet_before_adoption.within(o.old ->> 'priority', 1, 10), 5)::int as priority,
  s.status, s.final_status, s.stop_reason,
  o.retries + (s.final_status = 'failed' and w.id is not null)::int as retry_count,
  coalesce((o.old ->> 'retry_enabled')::boolean, true) as retry_enabled,
  case
    when s.final_status = s.status then null
    when o.old_status in ('running', 'in_progress')
      then case when s.final_status = 'failed' or o.scheduled_at > now() then now() end
    when s.final_status = 'failed' then coalesce(o.next_retry_at, w.next_retry_at, o.scheduled_at)
    else o.next_retry_at
  end as next_retry_at,
  (o.old ->> 'last_attempt_at')::timestamptz as last_attempt_at,
  e.redacted as last_execution_error,
  coalesce(
    o.old ->> 'last_error_type', o.old ->> 'error_type',
    case
      when o.old_status = 'rate_limited' then 'rate_limit'
      when s.final_status in ('failed', 'permanently_failed') then 'unknown_error'
    end) as last_error_type,
  -- At least one for what has run; history goes on from there.
  greatest(
    (o.old ->> 'execution_attempts')::int,
    o.retries + (o.old_status not in ('pending', 'queued', 'cancelled'))::int) as execution_attempts,
  coalesce(nullif(o.old -> 'result_data', 'null'), nullif(o.old -> 'result', 'null'))
    as result_data,
  (o.old ->> 'campaign_id')::uuid as campaign_id,
  case
    when s.final_status = s.status
      then coalesce((o.old ->> 'completed_at')::timestamptz, o.updated_at)
  end as completed_at
from puppet_before_adoption.old_jobs o
cross join lateral puppet_private.state_of_old(
  o.old_status, o.retries, coalesce(o.max_retries, 5)) s
left join puppet_before_adoption.waits_of_failed() w on w.id = o.id
left join puppet_before_adoption.redact(
  array(select t.error from puppet_before_adoption.old_jobs t)) e on e.error = o.error;

select puppet_before_adoption.copy_rows('puppet_jobs', 'mapped_jobs');

insert into puppet_before_adoption.report (kind, says)
select 'changed', format('status %s: %s jobs -> %s%s (%s)', o.status, count(*), j.status,
    coalesce(' / ' || nullif(j.final_status, j.status), ''),
    case when j.stop_reason = 'max_retries_reached' then 'max_retries is used up' else w.remark end)
from puppet_before_adoption.puppet_jobs o
join public.puppet_jobs j on j.id = o.id
join puppet_private.old_words w on w.old_status = o.status::text
group by o.status, j.status, j.final_status, j.stop_reason, w.remark
order by o.status, j.status;
