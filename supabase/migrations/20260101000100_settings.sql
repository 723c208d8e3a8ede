-- The few numbers of the whole installation that are not a policy of one job type.

create table puppet_private.settings (
  only_row boolean primary key default true
    constraint there_is_one_row check (only_row),
  priority_level_seconds int not null default 600
    constraint priority_level_is_positive check (priority_level_seconds > 0),
  tick_schedule text not null default '10 seconds',
  tick_max_calls int not null default 4
    constraint tick_max_calls_is_1_to_50 check (tick_max_calls between 1 and 50),
  tick_jobs_per_call int not null default 250
    constraint tick_jobs_per_call_is_positive check (tick_jobs_per_call > 0),
  call_start_seconds int not null default 15
    constraint call_start_is_positive check (call_start_seconds > 0),
  call_claim_seconds int not null default 30
    constraint call_claim_is_positive check (call_claim_seconds > 0),
  private_endpoint_hosts text[] not null default '{}',
  receipt_retention_days int not null default 7
    constraint receipt_retention_is_positive check (receipt_retention_days > 0),
  retention_days int
    constraint retention_is_positive check (retention_days > 0),
  armed_for text,
  armed_fingerprint text,
  schema_version int not null default 0,
  processor_schema_version int
);

comment on table puppet_private.settings is
  'One row. tick_schedule: call puppet_private.schedule_cron_jobs() after a change.';
comment on column puppet_private.settings.priority_level_seconds is
  'A job that is this many seconds overdue ranks as if it had one priority level more.';
comment on column puppet_private.settings.tick_max_calls is
  'At most so many processor calls are under way at once.';
comment on column puppet_private.settings.tick_jobs_per_call is
  'One processor call is made for each so many due jobs.';
comment on column puppet_private.settings.call_start_seconds is
  'A call whose processor has not stamped its receipt by then counts as lost.';
comment on column puppet_private.settings.call_claim_seconds is
  'After so long a run takes on no more jobs, so its call no longer stands in the way of another.';
comment on column puppet_private.settings.private_endpoint_hosts is
  'Hosts of the private network, as in PUPPET_ALLOWED_ENDPOINT_HOSTS, that health is fine with.';

comment on column puppet_private.settings.retention_days is
  'Ended jobs and attempts older than this go, in batches every ten minutes; null keeps them for ever.';
comment on column puppet_private.settings.armed_for is
  'Origin of the project whose processor the ticks may call; set by arm_ticks, null for none.';
comment on column puppet_private.settings.armed_fingerprint is
  'Of the database that the ticks were armed in; a restored or cloned one has another.';
comment on column puppet_private.settings.schema_version is
  'Of this schema; set by the last chapter.';
comment on column puppet_private.settings.processor_schema_version is
  'The schema version that the code of the last processor''s run was made for.';

alter table puppet_private.settings enable row level security;

insert into puppet_private.settings default values;
