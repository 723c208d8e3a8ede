-- What became of each call of the tick: made, answered, finished, or failed and why.

create table public.puppet_tick_receipts (
  id uuid primary key default gen_random_uuid(),
  created_at timestamptz not null default now(),
  request_id bigint,
  error text,
  started_at timestamptz,
  finished_at timestamptz,
  counts jsonb,
  constraint finished_calls_were_started check (finished_at is null or started_at is not null)
);

comment on table public.puppet_tick_receipts is
  'One row per processor call. request_id: pg_net''s; error: why no call could be made; '
  'started_at: stamped by the processor; counts: what its run did.';

create index puppet_tick_receipts_created_idx on public.puppet_tick_receipts (created_at desc);
