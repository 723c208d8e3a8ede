-- One index per question that is asked of many jobs; each is written at every move it covers.

-- What may be claimed, in claiming order: one probe per type and priority stops at the first
-- row that is not due, however many wait.
create index puppet_jobs_due_idx
  on public.puppet_jobs (job_type, priority, coalesce(next_retry_at, scheduled_at))
  where status in ('pending', 'queued');

-- Whose lease has run out.
create index puppet_jobs_lease_end_idx
  on public.puppet_jobs (execution_timeout_at)
  where status = 'running';

-- Which jobs a repeated claim already holds. Not by status alone: a search for leases that have run
-- out could then go by this one and read all that runs.
create index puppet_jobs_claim_token_idx
  on public.puppet_jobs (claim_token)
  where status = 'running' and claim_token is not null;

-- Which waiting jobs can no longer run.
create index puppet_jobs_deadline_idx
  on public.puppet_jobs (deadline_at)
  where status in ('pending', 'queued') and deadline_at is not null;

create unique index puppet_jobs_idempotency_key_idx
  on public.puppet_jobs (user_id, job_type, idempotency_key)
  where idempotency_key is not null;

-- Which ended jobs still keep their key.
create index puppet_jobs_ended_key_idx
  on public.puppet_jobs (completed_at)
  where idempotency_key is not null and completed_at is not null;

-- An owner's jobs; row level security reads it too.
create index puppet_jobs_owner_idx
  on public.puppet_jobs (user_id, created_at desc);

-- What has ended, for pruning and lists: one insert in a job's life.
create index puppet_jobs_ended_idx
  on public.puppet_jobs (status, completed_at, id)
  where status in ('completed', 'permanently_failed', 'cancelled');

-- What failed for good or was cancelled, by type and by owner, for lists: nothing in the life of a
-- job that succeeds.
create index puppet_jobs_failed_type_idx
  on public.puppet_jobs (job_type, status, completed_at, id)
  where status in ('permanently_failed', 'cancelled');
create index puppet_jobs_failed_owner_idx
  on public.puppet_jobs (user_id, status, completed_at, id)
  where status in ('permanently_failed', 'cancelled');
