-- Weighing: does an outcome count? Nothing is decided or written.

create function puppet_private.weigh_outcomes(p_outcomes jsonb, p_known text[], p_ctids tid[])
returns table (
  place bigint, given_id text, job_id uuid, lease_token uuid, outcome text, result jsonb,
  error_type text, error_message text, retry_after_seconds int, snooze_seconds int, duration_ms int, context jsonb,
  counts boolean, repeated boolean, answer text, status text, final_status text, stop_reason text,
  next_retry_at timestamptz, user_id uuid, job_type text, execution_attempts int,
  executing_at timestamptz, executing_by text, next_retry_reason text, retry_count int,
  crash_count int, release_count int, max_retries int, retry_enabled boolean,
  retry_window_started_at timestamptz, deadline_at timestamptz, cancel_requested boolean)
language sql
stable
-- Without a SET clause: it becomes part of each statement that uses it.
as $$
  with weighed as (
    select o.*, j.status, j.final_status, j.stop_reason, j.next_retry_at, j.user_id, j.job_type,
      j.execution_attempts, j.executing_at, j.executing_by, j.next_retry_reason, j.retry_count,
      j.crash_count, j.release_count, j.max_retries, j.retry_enabled, j.retry_window_started_at,
      j.deadline_at, j.cancel_requested_at is not null as cancel_requested,
      j.id as known_id, j.lease_token as own_token,
      -- What counts is told first: only the others are searched for what is wrong with them.
      case
        when j.status = 'running' and j.lease_token::text = o.lease_token
          and o.outcome = any (p_known)
          and (o.outcome <> 'snoozed' or o.snooze_seconds >= 0) then 'held'
        when o.problem is not null then o.problem
        when j.id is null then 'job_not_found'
        when j.settled_token::text = o.lease_token and j.settled_outcome = o.outcome
          then 'replayed'
        when j.settled_token::text = o.lease_token then 'already_settled'
        -- Only a rescue leaves a job waiting whose last token was never settled.
        when o.outcome = 'completed' and j.status = 'queued' and j.final_status = 'failed'
          and j.lease_token::text = o.lease_token then 'late'
        else 'lease_lost'
      end as verdict
    from puppet_private.read_outcomes(p_outcomes, p_known) o
    left join public.puppet_jobs j on j.id::text = o.job_id and j.ctid = any (p_ctids)
  ), counted as (
    -- Of several outcomes of one job that would count, the first does.
    select w.*,
      w.verdict in ('held', 'late') as counts,
      w.verdict in ('held', 'late') and row_number() over same_job > 1 as repeated,
      first_value(w.outcome) over same_job as first_outcome
    from weighed w
    window same_job as (partition by w.known_id, w.verdict in ('held', 'late') order by w.place)
  )
  select c.place, c.job_id, c.known_id, c.own_token, c.outcome, c.result, c.error_type,
    c.error_message, c.retry_after_seconds, c.snooze_seconds, c.duration_ms, c.context, c.counts, c.repeated,
    case
      when not c.repeated then c.verdict
      when c.outcome = c.first_outcome then 'replayed'
      else 'already_settled'
    end,
    c.status, c.final_status, c.stop_reason, c.next_retry_at, c.user_id, c.job_type,
    c.execution_attempts, c.executing_at, c.executing_by, c.next_retry_reason, c.retry_count,
    c.crash_count, c.release_count, c.max_retries, c.retry_enabled, c.retry_window_started_at,
    c.deadline_at, c.cancel_requested
  from counted c
$$;

comment on function puppet_private.weigh_outcomes(jsonb, text[], tid[]) is
  'One row per reported outcome of the locked jobs. answer: held, late and replayed are accepted, '
  'the others are the reason why not; counts: held or late, or repeated such a one. job_id and '
  'lease_token are the job''s own; the rest is the job.';
revoke execute on function puppet_private.weigh_outcomes(jsonb, text[], tid[]) from public;
