-- The status words of the older design, in one place: where a job of theirs stands among ours.

create table puppet_private.old_words (
  old_status text primary key,
  status text not null,
  final_status text,
  stop_reason text,
  remark text
);

comment on table puppet_private.old_words is
  'Status words of the older design, and where a job that has them stands among ours.';
alter table puppet_private.old_words enable row level security;

insert into puppet_private.old_words
values
  ('pending', 'pending', null, null, 'as before'),
  ('queued', 'queued', null, null, 'as before'),
  ('running', 'queued', null, null, 'nobody holds it any more, so it runs again'),
  ('in_progress', 'queued', null, null, 'nobody holds it any more, so it runs again'),
  ('rate_limited', 'queued', 'failed', null, 'its retry is granted, after the policy''s delay'),
  ('failed', 'queued', 'failed', null, 'a retry is left, after the policy''s delay'),
  ('completed', 'completed', 'completed', 'succeeded', 'as before'),
  ('warning', 'completed', 'completed', 'succeeded', 'it was done'),
  ('cancelled', 'cancelled', 'cancelled', 'cancelled', 'as before'),
  ('permanently_failed', 'permanently_failed', 'permanently_failed', null, 'as before');

create function puppet_private.state_of_old(
  p_status text,
  p_retry_count int,
  p_max_retries int,
  out status text,
  out final_status text,
  out stop_reason text
)
language plpgsql
stable
set search_path = ''
as $$
begin
  select w.status, w.final_status, w.stop_reason into status, final_status, stop_reason
  from puppet_private.old_words w
  where w.old_status = p_status;
  if p_status = 'failed' and p_retry_count >= p_max_retries then
    status := 'permanently_failed';
    final_status := 'permanently_failed';
  elsif status in ('pending', 'queued') and p_retry_count > 0 then
    -- It has failed before, or it would not have been retried.
    status := 'queued';
    final_status := 'failed';
  end if;
  if final_status = 'permanently_failed' and p_retry_count >= p_max_retries then
    stop_reason := 'max_retries_reached';
  end if;
end
$$;

comment on function puppet_private.state_of_old(text, int, int) is
  'Where a job of the older design stands, by its status word and its retries; null for other words.';
revoke execute on function puppet_private.state_of_old(text, int, int) from public;
