-- Names, signatures, tables and grants of pg_cron 1.6 as its users see them on hosted Supabase.

create schema cron;

create sequence cron.jobid_seq;
create sequence cron.runid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport int not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid int,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);

alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

create function cron._check_schedule(schedule text) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
  -- names of months and days; *, n, n-m, each with /step; lists of them
  item constant text := '(\*|[0-9a-z]+(-[0-9a-z]+)?)(/[0-9]+)?';
  field constant text := item || '(,' || item || ')*';
begin
  if schedule ~* '^\s*([1-9]|[1-5][0-9])\s+seconds?\s*$'
    or schedule ~* ('^\s*(' || field || '\s+){4}(' || field || '|\$)\s*$')
    or schedule ~* '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly)\s*$'
  then
    return;
  end if;
  raise exception 'invalid schedule: %', schedule
    using hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
end
$$;

-- The real functions are C and write the table with rights of their own, under the caller's name.
create function cron._schedule(
  job_name text,
  schedule text,
  command text,
  database text,
  username text,
  active boolean
) returns bigint
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  job_id bigint;
begin
  perform cron._check_schedule(_schedule.schedule);
  insert into cron.job as j (jobname, schedule, command, database, username, active)
  values (
    job_name, _schedule.schedule, _schedule.command, _schedule.database, _schedule.username, _schedule.active
  )
  on conflict (jobname, username) do update
  set
    schedule = excluded.schedule,
    command = excluded.command,
    database = excluded.database,
    active = excluded.active
  returning j.jobid into job_id;
  return job_id;
end
$$;

create function cron.schedule(job_name text, schedule text, command text) returns bigint
language sql
as $$
  select cron._schedule(job_name, schedule, command, current_database(), current_user, true)
$$;

create function cron.schedule(schedule text, command text) returns bigint
language sql
as $$
  select cron._schedule(null, schedule, command, current_database(), current_user, true)
$$;

create function cron.schedule_in_database(
  job_name text,
  schedule text,
  command text,
  database text,
  username text default null,
  active boolean default true
) returns bigint
language sql
as $$
  select cron._schedule(job_name, schedule, command, database, coalesce(username, current_user), active)
$$;

create function cron._unschedule(job_id bigint, job_name text, owner text) returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from cron.job as j
  where (j.jobid = job_id or j.jobname = job_name) and j.username = owner;
  if not found then
    raise exception 'could not find valid entry for job ''%''', coalesce(job_name, job_id::text);
  end if;
end
$$;

create function cron.unschedule(job_id bigint) returns boolean
language sql
as $$
  select cron._unschedule(job_id, null, current_user);
  select true
$$;

create function cron.unschedule(job_name text) returns boolean
language sql
as $$
  select cron._unschedule(null, job_name, current_user);
  select true
$$;

create function cron._alter_job(
  job_id bigint,
  schedule text,
  command text,
  database text,
  username text,
  active boolean,
  owner text
) returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  if _alter_job.schedule is not null then
    perform cron._check_schedule(_alter_job.schedule);
  end if;
  update cron.job as j
  set
    schedule = coalesce(_alter_job.schedule, j.schedule),
    command = coalesce(_alter_job.command, j.command),
    database = coalesce(_alter_job.database, j.database),
    username = coalesce(_alter_job.username, j.username),
    active = coalesce(_alter_job.active, j.active)
  where j.jobid = job_id and j.username = owner;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', job_id;
  end if;
end
$$;

create function cron.alter_job(
  job_id bigint,
  schedule text default null,
  command text default null,
  database text default null,
  username text default null,
  active boolean default null
) returns void
language sql
as $$
  select cron._alter_job(job_id, schedule, command, database, username, active, current_user)
$$;

grant usage on schema cron to postgres with grant option;
grant select on cron.job to postgres with grant option;
grant all on cron.job_run_details to postgres with grant option;
grant usage on sequence cron.runid_seq, cron.jobid_seq to postgres with grant option;
