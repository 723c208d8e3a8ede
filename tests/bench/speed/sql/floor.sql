-- The floor: the least that could do the same work. No policies, types, priorities, leases that
-- another executor could take over, row level security; one history row without keys.

drop schema if exists bench_floor cascade;
create schema bench_floor;

create table bench_floor.jobs (
  id bigint generated always as identity primary key,
  payload jsonb not null,
  status text not null default 'pending',
  attempts int not null default 0,
  due_at timestamptz not null default now(),
  last_error text
)
with (fillfactor = 80);

create index jobs_due_idx on bench_floor.jobs (due_at) where status = 'pending';

create table bench_floor.history (
  job_id bigint not null,
  attempt int not null,
  error text not null,
  at timestamptz not null default now()
);
