-- Old rows go in batches small enough never to be in anybody's way.

create function puppet_private.check_pruning(p_older_than_days int, p_limit int)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if p_older_than_days is null or p_older_than_days not between 1 and 36500
    or p_limit is null or p_limit not between 1 and 100000
  then
    raise sqlstate 'PT400' using
      message = 'Cannot prune: p_older_than_days must be 1 to 36500 and p_limit 1 to 100000',
      hint = 'Call it again for more; each call removes one batch.';
  end if;
end
$$;

comment on function puppet_private.check_pruning(int, int) is
  'Raises PT400 for a pruning that makes no sense.';
revoke execute on function puppet_private.check_pruning(int, int) from public;

create function public.prune_retry_history(
  p_older_than_days int default 90,
  p_limit int default 10000
)
returns int
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_before timestamptz;
  v_count int;
begin
  perform puppet_private.check_pruning(p_older_than_days, p_limit);
  v_before := clock_timestamp() - make_interval(days => p_older_than_days);
  delete from public.puppet_job_retry_history h
  where h.id = any (array(
    select old.id
    from public.puppet_job_retry_history old
    where old.attempted_at < v_before
    limit p_limit
    for update skip locked));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

comment on function public.prune_retry_history(int, int) is
  'Deletes one batch of attempts older than so many days; returns how many.';
revoke execute on function public.prune_retry_history(int, int) from public, anon, authenticated;
grant execute on function public.prune_retry_history(int, int) to service_role;

create function public.prune_jobs(p_older_than_days int default 90, p_limit int default 10000)
returns int
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := clock_timestamp();
  v_kept_since constant timestamptz := puppet_private.keys_kept_since(v_now);
  v_before timestamptz;
  v_count int;
begin
  perform puppet_private.check_pruning(p_older_than_days, p_limit);
  v_before := v_now - make_interval(days => p_older_than_days);
  delete from public.puppet_jobs j
  where j.id = any (array(
    select old.id
    from public.puppet_jobs old
    where old.status in ('completed', 'permanently_failed', 'cancelled')
      and old.completed_at < v_before
      and (old.idempotency_key is null or old.completed_at < v_kept_since)
    limit p_limit
    for update skip locked));
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

comment on function public.prune_jobs(int, int) is
  'Deletes one batch of jobs, with their history, that ended more than so many days ago; those with '
  'an idempotency key stay for 7 days at least.';
revoke execute on function public.prune_jobs(int, int) from public, anon, authenticated;
grant execute on function public.prune_jobs(int, int) to service_role;
