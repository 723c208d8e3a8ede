-- The memory of an adoption: what was found, moved and told. It lives as long as there is a way back.

create schema puppet_before_adoption;

comment on schema puppet_before_adoption is
  'The tables of the older design as they were, and what `deno task adopt --undo` needs to return. '
  'Drop it (cascade) when you are sure that you stay.';

create table puppet_before_adoption.adoption (
  only_row boolean primary key default true
    constraint there_is_one_row check (only_row),
  adopted_at timestamptz not null default now(),
  status_type regtype,
  cast_made boolean not null default false
);

create table puppet_before_adoption.names (name text primary key);

comment on table puppet_before_adoption.names is
  'What the chapters make in schema public: tables, views and functions.';

create table puppet_before_adoption.report (
  place int generated always as identity primary key,
  kind text not null
    constraint kind_is_known check (kind in ('refused', 'changed', 'mind')),
  says text not null
);

create table puppet_before_adoption.moved (
  place int generated always as identity primary key,
  kind text not null
    constraint kind_is_known check (kind in ('table', 'view', 'function')),
  name text not null,
  signature text not null
);

comment on table puppet_before_adoption.moved is
  'What went from public into this schema because its name is needed.';

create table puppet_before_adoption.connections (
  kind text not null,
  name text not null,
  rank int not null,
  leave text not null,
  join_again text not null,
  primary key (kind, name)
);

comment on table puppet_before_adoption.connections is
  'What hangs on the tables: cut before they are exchanged and made anew, by name, after it.';

create table puppet_before_adoption.old_columns (
  relation text not null,
  name text not null,
  place int not null,
  type text not null,
  is_required boolean not null,
  is_identity boolean not null,
  default_value text,
  generated_as text,
  is_kept boolean not null default false,
  primary key (relation, name)
);

comment on table puppet_before_adoption.old_columns is
  'The columns of the old tables; is_kept: ours had none of that name.';

insert into puppet_before_adoption.adoption (status_type)
select a.atttypid
from (select) one
left join pg_catalog.pg_attribute a
  on a.attrelid = 'public.puppet_jobs'::regclass and a.attname = 'status';
