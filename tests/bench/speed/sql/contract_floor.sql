-- The contract floor: the floor with uuid keys, the columns that rule a retry, and exactly the
-- constraints and indexes without which the same questions have no fast answer: what is due of a
-- type, whose lease has run out, which claim holds what, an owner's jobs and attempts, what ended.

drop schema if exists bench_contract cascade;
create schema bench_contract;

create table bench_contract.jobs (
  id uuid primary key default puppet_private.uuid_v7(),
  user_id uuid not null,
  job_type text not null,
  payload jsonb not null check (jsonb_typeof(payload) = 'object'),
  priority int not null default 5 check (priority between 1 and 10),
  status text not null default 'pending' check (
    status in ('pending', 'queued', 'running', 'completed', 'permanently_failed', 'cancelled')),
  final_status text,
  attempts int not null default 0,
  retry_count int not null default 0,
  scheduled_at timestamptz not null default now(),
  next_retry_at timestamptz,
  lease_token uuid,
  claim_token uuid,
  executing_by text,
  lease_ends_at timestamptz,
  last_error text,
  idempotency_key text,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((status = 'running') = (lease_ends_at is not null)),
  check (
    (status in ('completed', 'permanently_failed', 'cancelled'))
    = (final_status is not null and final_status = status))
)
with (fillfactor = 80);

create index jobs_due_idx
  on bench_contract.jobs (job_type, priority, coalesce(next_retry_at, scheduled_at))
  where status in ('pending', 'queued');
create index jobs_lease_idx on bench_contract.jobs (lease_ends_at) where status = 'running';
create index jobs_claim_idx on bench_contract.jobs (claim_token) where status = 'running';
create unique index jobs_key_idx
  on bench_contract.jobs (user_id, job_type, idempotency_key) where idempotency_key is not null;
create index jobs_owner_idx on bench_contract.jobs (user_id, created_at desc);
create index jobs_ended_idx
  on bench_contract.jobs (status, completed_at)
  where status in ('completed', 'permanently_failed', 'cancelled');

create table bench_contract.history (
  id uuid primary key default puppet_private.uuid_v7(),
  job_id uuid not null references bench_contract.jobs (id) on delete cascade,
  user_id uuid not null,
  job_type text not null,
  attempt int not null,
  success boolean not null,
  error text,
  at timestamptz not null default now(),
  unique (job_id, attempt)
);

create index history_owner_idx on bench_contract.history (user_id, at desc);
create index history_time_idx on bench_contract.history using brin (at);
