-- Who may touch which table. Automatic grants of the host project are taken back first, so that
-- what stands here is all there is.

alter table public.puppet_jobs enable row level security;
alter table public.puppet_job_retry_history enable row level security;
alter table public.puppet_job_retry_config enable row level security;
alter table public.puppet_handled_types enable row level security;
alter table public.puppet_tick_receipts enable row level security;

revoke all on
  public.puppet_jobs, public.puppet_job_retry_history, public.puppet_job_retry_config,
  public.puppet_handled_types, public.puppet_tick_receipts, public.puppet_jobs_pending_retry,
  public.puppet_retry_stats_by_type, public.puppet_recent_retry_activity
from public, anon, authenticated, service_role;

grant select, insert, update, delete on
  public.puppet_jobs, public.puppet_job_retry_history, public.puppet_job_retry_config
to service_role;
grant select on
  public.puppet_handled_types, public.puppet_tick_receipts, public.puppet_jobs_pending_retry,
  public.puppet_retry_stats_by_type, public.puppet_recent_retry_activity
to service_role;

-- Owners see their own and insert their own; everything else goes through functions.
grant select on
  public.puppet_jobs, public.puppet_job_retry_history, public.puppet_jobs_pending_retry,
  public.puppet_retry_stats_by_type, public.puppet_recent_retry_activity
to authenticated;
grant insert (
  user_id, job_type, job_config, priority, scheduled_at, max_retries, retry_enabled, deadline_at,
  idempotency_key, campaign_id)
on public.puppet_jobs to authenticated;

create policy owners_see_their_jobs
  on public.puppet_jobs for select to authenticated
  using (user_id = (select auth.uid()));

create policy owners_insert_their_jobs
  on public.puppet_jobs for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and priority <= 5
    and coalesce(max_retries, 0) <= 20
    and scheduled_at >= now()
    and puppet_private.owner_may_enqueue(job_type));

create policy owners_see_their_history
  on public.puppet_job_retry_history for select to authenticated
  using (user_id = (select auth.uid()));

grant select on public.puppet_job_retry_config to authenticated;

create policy admins_see_policies
  on public.puppet_job_retry_config for select to authenticated
  using (((select auth.jwt()) -> 'app_metadata' -> 'puppet_admin') = 'true'::jsonb);
