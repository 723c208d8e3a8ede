-- What ours hold at the return is kept whole, since the old tables cannot hold all of it.

create schema puppet_after_adoption;

comment on schema puppet_after_adoption is
  'Copies of Puppet Retry''s tables from when the adoption was undone. Drop it when you need it no more.';

create table puppet_after_adoption.puppet_jobs as
select * from public.puppet_jobs;

create table puppet_after_adoption.puppet_job_retry_history as
select * from public.puppet_job_retry_history;

create table puppet_after_adoption.puppet_job_retry_config as
select * from public.puppet_job_retry_config;

insert into puppet_before_adoption.report (kind, says)
values ('changed', 'copies of our jobs, history and policies are kept in schema puppet_after_adoption');
