-- A table that the rest of the project hangs on: users, campaigns, logs, views, functions, policies.

create type public.puppet_job_status as enum (
  'pending', 'queued', 'running', 'in_progress', 'completed', 'failed', 'warning', 'cancelled',
  'rate_limited', 'permanently_failed');

create table public.campaigns (id uuid primary key, name text not null);
insert into public.campaigns values ('00000000-0000-4000-a000-000000000001', 'Spring');

create table public.puppet_jobs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  campaign_id uuid references public.campaigns (id),
  parent_job_id uuid references public.puppet_jobs (id),
  number bigint generated always as identity,
  linkedin_profile_url text not null,
  profile_name text generated always as (split_part(linkedin_profile_url, '/in/', 2)) stored,
  message text not null default '',
  status public.puppet_job_status not null default 'pending',
  max_retries int not null default 2,
  retry_count int not null default 0,
  scheduled_at timestamp default now(),
  error_message varchar(500),
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  constraint one_job_per_profile unique (campaign_id, linkedin_profile_url)
);

create function public.set_updated_at() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create trigger set_updated_at before update on public.puppet_jobs
  for each row execute function public.set_updated_at();

create table public.puppet_job_logs (
  id bigint generated always as identity primary key,
  job_id uuid not null references public.puppet_jobs (id) on delete cascade,
  line text not null
);
alter table public.puppet_job_logs enable row level security;
create policy owners_read_logs on public.puppet_job_logs for select to authenticated
  using (exists (
    select from public.puppet_jobs j where j.id = job_id and j.user_id = (select auth.uid())));
grant select on public.puppet_job_logs to authenticated;

create view public.waiting_puppet_jobs with (security_invoker = true) as
select id, user_id, status, linkedin_profile_url
from public.puppet_jobs
where status in ('pending', 'queued');
comment on view public.waiting_puppet_jobs is 'What the old dashboard shows.';
grant select on public.waiting_puppet_jobs to authenticated;
create view public.waiting_per_user as
select user_id, count(*) as jobs from public.waiting_puppet_jobs group by user_id;

create function public.jobs_of_campaign(p_campaign uuid)
returns setof public.puppet_jobs
language sql
stable
as $$ select * from public.puppet_jobs where campaign_id = p_campaign $$;
revoke all on function public.jobs_of_campaign(uuid) from public;
grant execute on function public.jobs_of_campaign(uuid) to service_role;

create publication supabase_realtime for table public.puppet_jobs;

insert into public.puppet_jobs (
  id, user_id, campaign_id, linkedin_profile_url, message, status, retry_count, scheduled_at,
  error_message)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
  ('00000000-0000-4000-9000-' || lpad((1 + n % 2)::text, 12, '0'))::uuid,
  '00000000-0000-4000-a000-000000000001', 'https://www.linkedin.com/in/person-' || n, 'Hello ' || n,
  (enum_range(null::public.puppet_job_status))[1 + n % 10], n % 3,
  now() at time zone 'utc' - interval '1 hour', case when n % 3 > 0 then 'timed out' end
from generate_series(1, 60) n;
update public.puppet_jobs
set parent_job_id = '00000000-0000-4000-8000-000000000001'
where id = '00000000-0000-4000-8000-000000000003';

insert into public.puppet_job_logs (job_id, line)
select id, 'made' from public.puppet_jobs;
