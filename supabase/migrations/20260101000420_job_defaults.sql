-- What a plain INSERT or UPDATE of a job leaves open. The engine sets these columns itself, so
-- that its own rows never pay for a trigger.

create function puppet_private.open_retry_window()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.retry_window_started_at := new.scheduled_at;
  return new;
end
$$;

comment on function puppet_private.open_retry_window() is
  'The retry window of a job that was never tried starts when the job is due.';
revoke execute on function puppet_private.open_retry_window() from public;

create trigger open_retry_window
  before insert on public.puppet_jobs
  for each row when (new.retry_window_started_at is distinct from new.scheduled_at)
  execute function puppet_private.open_retry_window();

create trigger move_retry_window
  before update of scheduled_at on public.puppet_jobs
  for each row when (
    new.execution_attempts = 0
    and new.retry_window_started_at is not distinct from old.scheduled_at)
  execute function puppet_private.open_retry_window();

create trigger touch_updated_at
  before update on public.puppet_jobs
  for each row when (new.updated_at is not distinct from old.updated_at)
  execute function puppet_private.touch_updated_at();
