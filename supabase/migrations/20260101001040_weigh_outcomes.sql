-- Weighing: does an outcome count? Nothing is decided or written.

create function puppet_private.weigh_outcomes(p_outcomes jsonb, p_known text[], p_ctids tid[])
returns table (
  place bigint, given_id text, outcome text, result jsonb, error_type text, error_message text,
  retry_after_seconds int, snooze_seconds int, duration_ms int, context jsonb, verdict text,
  job_id uuid, row_ctid tid, lease_token uuid, status text, final_status text, stop_reason text,
  next_retry_at timestamptz, user_id uuid, job_type text, execution_attempts int,
  executing_at timestamptz, executing_by text, next_retry_reason text, retry_count int,
  crash_count int, release_count int, max_retries int, retry_enabled boolean,
  retry_window_started_at timestamptz, deadline_at timestamptz, cancel_requested boolean)
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  select o.place, o.job_id, o.outcome, o.result, o.error_type, o.error_message,
    o.retry_after_seconds, o.snooze_seconds, o.duration_ms, o.context,
    -- What counts is told first: only the others are searched for what is wrong with them.
    case
      when j.status = 'running' and j.lease_token::text = o.lease_token
        and o.outcome = any (p_known)
        and (o.outcome <> 'snoozed' or o.snooze_seconds >= 0) then 'held'
      when o.problem is not null then o.problem
      when j.id is null then 'job_not_found'
      when j.settled_token::text = o.lease_token and j.settled_outcome = o.outcome then 'replayed'
      when j.settled_token::text = o.lease_token then 'already_settled'
      -- Only a rescue leaves a job waiting whose last token was never settled.
      when o.outcome = 'completed' and j.status = 'queued' and j.final_status = 'failed'
        and j.lease_token::text = o.lease_token then 'late'
      else 'lease_lost'
    end,
    j.id, j.ctid, j.lease_token, j.status, j.final_status, j.stop_reason, j.next_retry_at,
    j.user_id, j.job_type, j.execution_attempts, j.executing_at, j.executing_by,
    j.next_retry_reason, j.retry_count, j.crash_count, j.release_count, j.max_retries,
    j.retry_enabled, j.retry_window_started_at, j.deadline_at, j.cancel_requested_at is not null
  from puppet_private.read_outcomes(p_outcomes, p_known) o
  left join public.puppet_jobs j on j.id::text = o.job_id and j.ctid = any (p_ctids)
  -- The verdict is found once, not wherever it is named.
  offset 0
$$;

comment on function puppet_private.weigh_outcomes(jsonb, text[], tid[]) is
  'One row per reported outcome of the locked jobs, none of which is named twice. verdict: held, '
  'late and replayed are accepted, held and late count, the others are the reason why not. The '
  'columns after it are the job''s own.';
revoke execute on function puppet_private.weigh_outcomes(jsonb, text[], tid[]) from public;
