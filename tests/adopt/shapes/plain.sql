-- The oldest design: one table, no retry tables, its own policies, a worker that polls.

create type public.job_status as enum (
  'pending', 'queued', 'running', 'in_progress', 'completed', 'failed', 'warning', 'cancelled',
  'rate_limited', 'permanently_failed');

create table public.puppet_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  campaign_id uuid,
  linkedin_profile_url text not null,
  message text,
  status public.job_status not null default 'pending',
  max_retries int not null default 2,
  result jsonb,
  error text,
  notes text[] default '{new}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index puppet_jobs_status_idx on public.puppet_jobs (status) where status = 'pending';
create index puppet_jobs_profile_idx on public.puppet_jobs (linkedin_profile_url);

alter table public.puppet_jobs enable row level security;
create policy "Users manage their jobs" on public.puppet_jobs
  for all to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
grant all on public.puppet_jobs to authenticated, service_role;

create function public.count_waiting_jobs(p_status public.job_status)
returns bigint
language sql
stable
as $$ select count(*) from public.puppet_jobs where status = p_status $$;

create function public.status_of_job(p_id uuid)
returns public.job_status
language sql
stable
as $$ select status from public.puppet_jobs where id = p_id $$;

insert into public.puppet_jobs (
  id, user_id, linkedin_profile_url, message, status, result, error, notes, created_at, updated_at)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
  '00000000-0000-4000-9000-000000000001', 'https://www.linkedin.com/in/person-' || n,
  case when n <> 2 then 'Hello ' || n end, status::public.job_status,
  case when status in ('completed', 'warning') then '{"sent": true, "note": null}'::jsonb end,
  case when status in ('failed', 'rate_limited', 'permanently_failed') then 'it said no' end,
  case when n <> 3 then array['kept', 'a,b "c"'] end,
  now() - n * interval '1 day', now() - n * interval '1 hour'
from unnest(array[
  'pending', 'queued', 'running', 'in_progress', 'completed', 'failed', 'warning', 'cancelled',
  'rate_limited', 'permanently_failed']) with ordinality one (status, n);
