-- What a policy UPDATE or DELETE may not do, and the time it happened.

create function puppet_private.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;

comment on function puppet_private.touch_updated_at() is
  'Sets updated_at for updates that did not set it themselves.';
revoke execute on function puppet_private.touch_updated_at() from public;

create trigger touch_updated_at
  before update on public.puppet_job_retry_config
  for each row when (new.updated_at is not distinct from old.updated_at)
  execute function puppet_private.touch_updated_at();

create function puppet_private.keep_default_policy()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '23001',
    message = 'Cannot remove the policy ''default'': job types without a policy need it',
    hint = 'Update its columns instead.';
end
$$;

comment on function puppet_private.keep_default_policy() is
  'Refuses to delete or rename the row that all other types fall back to.';
revoke execute on function puppet_private.keep_default_policy() from public;

create trigger default_policy_is_not_deleted
  before delete on public.puppet_job_retry_config
  for each row when (old.job_type = 'default')
  execute function puppet_private.keep_default_policy();

create trigger default_policy_is_not_renamed
  before update of job_type on public.puppet_job_retry_config
  for each row when (old.job_type = 'default' and new.job_type <> 'default')
  execute function puppet_private.keep_default_policy();
